from __future__ import annotations


def test_no_role_takes_more_than_twenty(house):
    for number in range(1, 23):
        house.entry("serverless", f"probe-{number:02}", callers=["Other", "Frontend"] if number == 22 else ["Frontend"])
    assert house.found("MY090") == [
        f"role Frontend may ask {number} endpoints with this one, and takes 20 policies at most: name another role, or "
        "allow it in a policy of the role's own"
        for number in (21, 22)
    ]
