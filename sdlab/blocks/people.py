"""Made-up people: the same seed, the same name. They stand for users; none of them exists.

>>> person("room-7", 0) == person("room-7", 0)
True
>>> len({person("room-7", number).handle for number in range(2000)})
2000
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

FIRST = (
    *("Ada", "Amara", "Anouk", "Aoife", "Ayla", "Bao", "Beatriz", "Bilal", "Bruno", "Camila", "Chidi"),
    *("Chloe", "Daan", "Dalia", "Diego", "Dina", "Eero", "Elif", "Emeka", "Esther", "Farid", "Fatima"),
    *("Felix", "Freya", "Gael", "Giulia", "Grace", "Hana", "Hassan", "Hugo", "Ida", "Imani", "Ines"),
    *("Isak", "Ivana", "Jae", "Jamal", "Jana", "Joao", "Jonas", "Kaito", "Kamala", "Katya", "Kofi"),
    *("Lars", "Layla", "Leila", "Lena", "Liam", "Lin", "Luca", "Lucia", "Mads", "Maja", "Malik"),
    *("Marta", "Mateo", "Mei", "Mia", "Milan", "Mina", "Nadia", "Naoki", "Nina", "Noah", "Nora"),
    *("Oskar", "Otis", "Paula", "Pavel", "Petra", "Priya", "Quinn", "Rafael", "Rania", "Ravi", "Rosa"),
    *("Ruben", "Sana", "Santiago", "Sara", "Selma", "Sofia", "Soren", "Suki", "Tariq", "Tessa", "Theo"),
    *("Tomas", "Uma", "Valentina", "Vera", "Viktor", "Wanjiru", "Wei", "Yara", "Yusuf", "Zainab", "Zoe"),
)
LAST = (
    *("Abara", "Adeyemi", "Ahmed", "Almeida", "Andersen", "Aziz", "Bakker", "Banerjee", "Becker", "Berg"),
    *("Bianchi", "Blom", "Castro", "Chen", "Cohen", "Costa", "Dahl", "Demir", "Diallo", "Dubois"),
    *("Eriksen", "Farah", "Fernandez", "Fischer", "Garcia", "Gupta", "Haddad", "Hansen", "Haruki", "Hoang"),
    *("Ito", "Ivanova", "Jansen", "Kamara", "Kaya", "Kim", "Klein", "Kovac", "Kruger", "Larsen"),
    *("Lehmann", "Li", "Lopez", "Lund", "Mbeki", "Mendes", "Meyer", "Molina", "Moreau", "Mori"),
    *("Mwangi", "Nakamura", "Ndiaye", "Nguyen", "Novak", "Nowak", "Okafor", "Okoye", "Olsen", "Osei"),
    *("Park", "Patel", "Pereira", "Petrov", "Popescu", "Rahman", "Ramos", "Reyes", "Ricci", "Rossi"),
    *("Saito", "Salazar", "Santos", "Sato", "Schmidt", "Sharma", "Silva", "Singh", "Sorensen", "Suzuki"),
    *("Takeda", "Tanaka", "Torres", "Toure", "Tran", "Vargas", "Vega", "Vogel", "Weber", "Yamada"),
)


class Person(NamedTuple):
    """Somebody who was made up. `handle` is unique among the numbers of one seed."""

    number: int
    first: str
    last: str
    handle: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def person(seed: str | int, number: int) -> Person:
    """The person with that number (0 or more) in the world of that seed; names repeat, handles do not."""
    digest = int.from_bytes(blake2b(f"{seed}/{number}".encode(), digest_size=8).digest())
    first, last = FIRST[digest % len(FIRST)], LAST[digest // len(FIRST) % len(LAST)]
    return Person(number, first, last, f"{first}.{last}{number}".lower())
