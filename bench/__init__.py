"""`make bench`: what the tool costs, measured beside a bare PyLTI1p3 application. Method: docs/performance.md."""
