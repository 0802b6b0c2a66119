package schedule

// InterleaveByHost returns all in round-robin order of their hosts: the first request of each host, then the second of
// each, and so on; within a round the order stays. A host gets one request at a time, so those that would have to wait
// for the same host come last. host returns the host of a request.
func InterleaveByHost[T any](all []T, host func(T) string) []T {
	var rounds [][]T
	count := map[string]int{}
	for _, one := range all {
		h := host(one)
		round := count[h]
		count[h]++
		if round == len(rounds) {
			rounds = append(rounds, nil)
		}
		rounds[round] = append(rounds[round], one)
	}
	out := make([]T, 0, len(all))
	for _, round := range rounds {
		out = append(out, round...)
	}
	return out
}
