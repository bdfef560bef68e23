"""Provinces, regencies and cities, with Kemendagri codes and the operator's agency numbers.

Well-known places carry their names; the rest of the country is filled with numbered ones.
"""

from dataclasses import dataclass

PROVINCES: tuple[tuple[str, str, int, int], ...] = (
    ("11", "Aceh", 18, 5),
    ("12", "Sumatera Utara", 25, 8),
    ("13", "Sumatera Barat", 12, 7),
    ("14", "Riau", 10, 2),
    ("15", "Jambi", 9, 2),
    ("16", "Sumatera Selatan", 13, 4),
    ("17", "Bengkulu", 9, 1),
    ("18", "Lampung", 13, 2),
    ("19", "Kepulauan Bangka Belitung", 6, 1),
    ("21", "Kepulauan Riau", 5, 2),
    ("31", "DKI Jakarta", 0, 0),
    ("32", "Jawa Barat", 18, 9),
    ("33", "Jawa Tengah", 29, 6),
    ("34", "Daerah Istimewa Yogyakarta", 4, 1),
    ("35", "Jawa Timur", 29, 9),
    ("36", "Banten", 4, 4),
    ("51", "Bali", 8, 1),
    ("52", "Nusa Tenggara Barat", 8, 2),
    ("53", "Nusa Tenggara Timur", 21, 1),
    ("61", "Kalimantan Barat", 12, 2),
    ("62", "Kalimantan Tengah", 13, 1),
    ("63", "Kalimantan Selatan", 11, 2),
    ("64", "Kalimantan Timur", 7, 3),
    ("65", "Kalimantan Utara", 4, 1),
    ("71", "Sulawesi Utara", 11, 4),
    ("72", "Sulawesi Tengah", 12, 1),
    ("73", "Sulawesi Selatan", 21, 3),
    ("74", "Sulawesi Tenggara", 15, 2),
    ("75", "Gorontalo", 5, 1),
    ("76", "Sulawesi Barat", 6, 0),
    ("81", "Maluku", 9, 2),
    ("82", "Maluku Utara", 8, 2),
    ("91", "Papua", 8, 1),
    ("92", "Papua Barat", 7, 0),
    ("93", "Papua Selatan", 4, 0),
    ("94", "Papua Tengah", 8, 0),
    ("95", "Papua Pegunungan", 8, 0),
    ("96", "Papua Barat Daya", 5, 1),
)
"""Kemendagri code, name, number of regencies, number of cities."""

REMOTE_PROVINCES = frozenset({"53", "65", "81", "82", "91", "92", "93", "94", "95", "96"})
"""Provinces where every regency counts as remote in the simulation."""

_NAMED = {
    "7471": "Kendari",
    "7472": "Baubau",
    "7402": "Konawe",
    "7407": "Wakatobi",
    "7412": "Konawe Kepulauan",
    "3171": "Jakarta Pusat",
    "3273": "Bandung",
    "3204": "Bandung",
    "3374": "Semarang",
    "3310": "Klaten",
    "3503": "Trenggalek",
    "3578": "Surabaya",
    "7371": "Makassar",
    "1209": "Asahan",
    "7208": "Parigi Moutong",
    "5301": "Kupang",
    "5371": "Kupang",
    "5314": "Rote Ndao",
    "9501": "Jayawijaya",
    "9402": "Puncak Jaya",
    "1102": "Aceh Tenggara",
    "1771": "Bengkulu",
    "5171": "Denpasar",
    "1405": "Pelalawan",
    "8171": "Ambon",
}
_REMOTE = frozenset({"7407", "7412", "1102", "7208"})


@dataclass(frozen=True)
class Region:
    """A regency or city."""

    code: str
    name: str
    province: str
    is_remote: bool

    @property
    def is_city(self) -> bool:
        """Third and fourth digits from 71 on mean a city."""
        return self.code[2:] >= "71"


def regions() -> list[Region]:
    """Return every regency and city in the order of its Kemendagri code."""
    found = [Region("3171", "Kota Jakarta Pusat", "31", False)]
    for province, name, regencies, cities in PROVINCES:
        numbers = [*range(1, regencies + 1), *range(71, 71 + cities)]
        for number in numbers:
            code = f"{province}{number:02d}"
            kind = "Kota" if number >= 71 else "Kabupaten"
            own = _NAMED.get(code, f"{name} {number % 70:02d}")
            remote = code in _REMOTE or (province in REMOTE_PROVINCES and number < 71)
            found.append(Region(code, f"{kind} {own}", province, remote))
    return sorted(found, key=lambda region: region.code)


def agency_numbers() -> dict[str, int]:
    """Return the first two digits of the operator's agency codes by Kemendagri province.

    The operator's numbers (51 to 88) are not the Kemendagri ones; West Java is 61, Central Java 64.
    """
    fixed = {"32": 61, "33": 64}
    free = (number for number in range(51, 89) if number not in fixed.values())
    return {p[0]: fixed[p[0]] if p[0] in fixed else next(free) for p in PROVINCES}
