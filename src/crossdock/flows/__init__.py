"""The engine: windows, marks, plans, runs, budget, jobs. It knows no connector by name."""
