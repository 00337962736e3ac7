"""Reconciles the bank account of one company. Its result is the one line on stdout; words for people go to stderr."""

import json
import os
import sys

company = json.load(sys.stdin)["company"]
print(f"Attempt {os.environ['LASTCALL_ATTEMPT']}: reconciling {company}.", file=sys.stderr)

booked = [100 * (day + len(company)) for day in range(30)]
on_statement = list(reversed(booked))
difference = sum(booked) - sum(on_statement)
json.dump({"company": company, "entries": len(booked), "difference": difference}, sys.stdout)
