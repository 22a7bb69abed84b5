"""SQL that derives what a platform does not have from its order lines."""
