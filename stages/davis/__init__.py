"""The DAVIS 2017 evaluation: region similarity J, boundary accuracy F, and their mean, recall and decay."""
