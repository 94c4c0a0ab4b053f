"""What a release is made of: wheel, source archive, bundle for networks without internet, bill of materials, checks."""
