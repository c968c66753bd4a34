"""What is right: the answers that tests expect are computed here."""

from __future__ import annotations

from collections.abc import Sequence

CLOSES = {")": "(", "]": "[", "}": "{"}


def two_sum(nums: Sequence[int], target: int) -> list[int]:
    """Two places that add up to the target.

    >>> two_sum([3, 2, 4], 6)
    [1, 2]
    """
    seen: dict[int, int] = {}
    for place, number in enumerate(nums):
        if target - number in seen:
            return [seen[target - number], place]
        seen.setdefault(number, place)
    return []


def balanced(text: str) -> bool:
    """Whether all brackets are closed in order."""
    opened: list[str] = []
    for one in text:
        if one in CLOSES:
            if not opened or opened.pop() != CLOSES[one]:
                return False
        else:
            opened.append(one)
    return not opened


def best_trade(prices: Sequence[int]) -> int:
    """The most that one purchase and one later sale earn."""
    lowest, best = prices[0], 0
    for price in prices:
        lowest = min(lowest, price)
        best = max(best, price - lowest)
    return best


def merge(intervals: Sequence[Sequence[int]]) -> list[list[int]]:
    """Intervals that touch are one."""
    found: list[list[int]] = []
    for begin, end in sorted(map(tuple, intervals)):
        if found and begin <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([begin, end])
    return found


def longest_run(text: str) -> int:
    """The longest stretch without a repetition."""
    last: dict[str, int] = {}
    begin = best = 0
    for place, letter in enumerate(text):
        begin = max(begin, last.get(letter, -1) + 1)
        last[letter] = place
        best = max(best, place - begin + 1)
    return best


def products(nums: Sequence[int]) -> list[int]:
    """The product of the others, place by place."""
    found, before = [], 1
    for number in nums:
        found.append(before)
        before *= number
    after = 1
    for place in range(len(nums) - 1, -1, -1):
        found[place] *= after
        after *= nums[place]
    return found


def fewest_coins(coins: Sequence[int], amount: int) -> int:
    """The fewest coins that make up the amount, or -1."""
    best = [0] + [amount + 1] * amount
    for sum_ in range(1, amount + 1):
        best[sum_] = min([best[sum_ - coin] + 1 for coin in coins if coin <= sum_], default=amount + 1)
    return best[amount] if best[amount] <= amount else -1


def islands(grid: Sequence[Sequence[int]]) -> int:
    """Pieces of land that hang together."""
    seen: set[tuple[int, int]] = set()
    count = 0
    for y, row in enumerate(grid):
        for x, land in enumerate(row):
            if not land or (y, x) in seen:
                continue
            count += 1
            left = [(y, x)]
            while left:
                at = left.pop()
                if (
                    at in seen
                    or not (0 <= at[0] < len(grid) and 0 <= at[1] < len(row))
                    or not grid[at[0]][at[1]]
                ):
                    continue
                seen.add(at)
                left += [(at[0] + dy, at[1] + dx) for dy, dx in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    return count


def trapped(heights: Sequence[int]) -> int:
    """Water between walls."""
    left, right, low, water = 0, len(heights) - 1, 0, 0
    while left < right:
        if heights[left] < heights[right]:
            low = max(low, heights[left])
            water += low - heights[left]
            left += 1
        else:
            low = max(low, heights[right])
            water += low - heights[right]
            right -= 1
    return water


def distance(first: str, second: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(second) + 1))
    for y, one in enumerate(first, 1):
        before, row[0] = row[0], y
        for x, other in enumerate(second, 1):
            before, row[x] = row[x], min(row[x] + 1, row[x - 1] + 1, before + (one != other))
    return row[-1]
