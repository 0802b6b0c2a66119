package schedule

// InterleaveByHost orders what is to be asked of hosts so that they take turns: the first at each host, then the second at each,
// and so on; as it came within that. A host is asked one thing at a time, so those that would wait for the same one
// come last.
func InterleaveByHost[T any](all []T, host func(T) string) []T {
	var rounds [][]T
	before := map[string]int{}
	for _, one := range all {
		h := host(one)
		round := before[h]
		before[h]++
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
