"""What people decide: waivers, attestations and responses."""
