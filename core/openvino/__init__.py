"""Models on OpenVINO's kernels for processors, behind the same engine as torch's."""
