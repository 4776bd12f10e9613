module tekton-canary/cluster/reaper

go 1.26.0
