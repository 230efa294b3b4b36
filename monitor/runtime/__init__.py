"""The only seam between one machine and many: runs the handlers it is given when their time has come; knows no job."""
