"""Made-up cases that only benchmarks and their tests need."""
