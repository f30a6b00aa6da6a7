"""Refinement of boundaries by GrabCut."""
