"""Describe a release to open-data portals: DCAT-AP and DCAT-AP_IT catalogues, VoID, and the quality of the data in DQV."""
