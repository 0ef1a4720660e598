"""Places: the locations that channels report and merchants make, their switches, and merging two into one."""
