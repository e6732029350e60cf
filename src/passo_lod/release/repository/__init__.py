"""The folder of releases on disk: lock it, list, verify, switch and prune releases, and write files durably."""
