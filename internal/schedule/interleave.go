package schedule

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"broadsheet"
)

// SortByLastVisit sorts sources by the time of their last visits, those that were not visited for the longest time first:
// a host may answer only some of them. visits is by Source.ID. Sources that were never visited stay in the order of
// feeds.yaml. Of those that were visited at the same time the ones that failed then come first; the others are in an
// order that a hash makes of that time, so that it is not always the same ones that come first.
func SortByLastVisit(sources []broadsheet.Source, visits map[string]broadsheet.Visit) {
	type turn struct {
		at, success time.Time
		tie         uint64
	}
	turns := map[string]turn{}
	for _, s := range sources {
		v := visits[s.ID()]
		t := turn{at: v.At, success: v.LastSuccess}
		if !t.at.IsZero() {
			h := fnv.New64a()
			h.Write([]byte(strconv.FormatInt(t.at.Unix(), 10) + " " + s.ID()))
			t.tie = h.Sum64()
		}
		turns[s.ID()] = t
	}
	slices.SortStableFunc(sources, func(x, y broadsheet.Source) int {
		a, b := turns[x.ID()], turns[y.ID()]
		return cmp.Or(a.at.Compare(b.at), a.success.Compare(b.success), cmp.Compare(a.tie, b.tie))
	})
}

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
