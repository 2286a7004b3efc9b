"""Until when releases of operating systems get security updates without a contract.

Debian: the end of LTS (wiki.debian.org/LTS). Ubuntu: the end of standard support (ubuntu.com/about/
release-cycle).
"""

from datetime import date

SUPPORT = {
    "debian 10": date(2024, 6, 30),
    "debian 11": date(2026, 8, 31),
    "debian 12": date(2028, 6, 30),
    "debian 13": date(2030, 6, 30),
    "ubuntu 20.04": date(2025, 5, 31),
    "ubuntu 22.04": date(2027, 4, 1),
    "ubuntu 24.04": date(2029, 5, 31),
}
