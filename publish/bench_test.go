package publish

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"broadsheet"
)

// manyEditions returns n editions of twelve articles each, composed when they are read.
func manyEditions(n int) EditionSource {
	first, last := dayTime("2018-01-01"), testEditions()[5]
	s := EditionSource{Sources: testSources()}
	for i := range n {
		s.Days = append(s.Days, EditionRef{broadsheet.Day(first.AddDate(0, 0, i).Format(time.DateOnly)), i + 1, 12})
	}
	s.Edition = func(_ context.Context, d broadsheet.Day) (broadsheet.Edition, error) {
		e := broadsheet.Edition{Day: d, At: dayTime(d).Add(6 * time.Hour), Sources: 92}
		for i := range 12 {
			p := last.Picks[i%len(last.Picks)]
			p.Key = fmt.Sprint(p.Key, d, i)
			p.Published, p.Updated = e.At, e.At
			e.Picks = append(e.Picks, p)
		}
		return e, nil
	}
	return s
}

// BenchmarkWrite_OneMoreEdition publishes one more edition after n others.
func BenchmarkWrite_OneMoreEdition(b *testing.B) {
	for _, n := range []int{30, 3000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir, src := b.TempDir(), manyEditions(n+1000)
			days := slices.Clone(src.Days)
			src.Days = days[:n]
			at := time.Now()
			write(b, dir, testConfig(), src)
			b.Logf("%d editions at first: %v", n, time.Since(at))
			for i := 0; b.Loop(); i++ {
				src.Days = days[:n+1+i]
				write(b, dir, testConfig(), src)
			}
		})
	}
}

// BenchmarkWrite_NothingNew publishes 300 editions that have all been published before.
func BenchmarkWrite_NothingNew(b *testing.B) {
	dir, src := b.TempDir(), manyEditions(300)
	write(b, dir, testConfig(), src)
	for b.Loop() {
		write(b, dir, testConfig(), src)
	}
}
