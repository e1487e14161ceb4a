package main

import "os"

// peakMemory is not kept for an ended process here.
func peakMemory(*os.ProcessState) int64 { return 0 }
