"""Every page of the desk. Views are found here and nowhere else."""
