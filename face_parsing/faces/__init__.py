"""Face detection: boxes from label maps, candidates, tracks, crops and detection metrics."""
