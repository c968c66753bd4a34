"""The API: problems without their hidden tests, refusals, and the leaderboard."""

from __future__ import annotations

import httpx
import orjson
import pytest
from fastapi import FastAPI

from designs.leetcode.engine.problems import PROBLEMS
from sdlab.rooms.manager import RoomManager

BASE = "/api/leetcode"


@pytest.mark.virtual_time
async def test_no_hidden_test_is_told_and_nonsense_is_refused(
    manager: RoomManager, application: FastAPI
) -> None:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        client.headers["X-SDLab-Room"] = (await client.post("/api/rooms")).json()["room"]
        said = [(await client.get(f"{BASE}/problems?limit=50")).text]
        for id in PROBLEMS:
            said.append((await client.get(f"{BASE}/problems/{id}")).text)
        code = "def two_sum(nums, target):\n    print(nums)\n    return [0, 1]\n"
        sent = await client.post(f"{BASE}/problems/two-sum/submit", json={"language": "python", "code": code})
        assert sent.status_code == 202
        lab = await manager.lab(client.headers["X-SDLab-Room"], "leetcode")
        while True:
            answer = await client.get(f"{BASE}/submissions/{sent.json()['id']}")
            if answer.json()["verdict"]:
                break
            await lab.room.clock.sleep(0.1)
        said.append(answer.text)
        assert answer.json()["verdict"] == "wrong answer"
        said.append(orjson.dumps(await lab.look(now=True)).decode())
        for id, problem in PROBLEMS.items():
            shown = {orjson.dumps(one).decode() for one in (*problem.shown, *problem.edges)}
            for case in problem.hidden:
                text = orjson.dumps(case.arguments).decode()
                if text not in shown and len(text) > 30:
                    assert not any(text[1:-1] in one for one in said), id
        for path, body, status in (
            ("problems/nothing/submit", {"language": "python", "code": "x"}, 404),
            ("problems/two-sum/submit", {"language": "cobol", "code": "x"}, 422),
            ("problems/two-sum/submit", {"language": "python", "code": "x" * 65_537}, 422),
            ("problems/two-sum/submit", {"language": "python"}, 422),
            ("problems/two-sum/submit", {"language": 1, "code": "x"}, 422),
        ):
            assert (await client.post(f"{BASE}/{path}", json=body)).status_code == status, (path, body)
        for path, status in (
            ("competitions/weekly/leaderboard?limit=5", 200),
            ("competitions/weekly/leaderboard?limit=0", 422),
            ("competitions/daily/leaderboard", 404),
            ("submissions/nothing", 404),
            ("problems?cursor=nonsense", 422),
        ):
            assert (await client.get(f"{BASE}/{path}")).status_code == status, path
