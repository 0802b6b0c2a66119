package pipeline

import (
	"context"
	"errors"
	"sync"

	"broadsheet/internal/schedule"
	"broadsheet/store"
)

// notedAtOnce is how many are noted as being read in one transaction: enough to share the cost of a commit, few enough
// that little of what had not begun is suspected when the run dies.
const notedAtOnce = 32

// attempts notes what is about to be fetched and parsed, so that the next run knows what was being read if this one dies
// (killed, out of memory, power lost). What is suspected of that is read alone, after all others.
type attempts struct {
	store    *store.Store
	kind     store.AttemptKind
	suspects map[string]bool // by Source.ID or Article.Key

	mu    sync.Mutex
	ended []string // that nothing is stored of, so that it does not end their attempts
}

// end says that one is not being read any more, and that nothing, or nothing yet, is stored of it.
func (a *attempts) end(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = append(a.ended, name)
}

// noting returns what crowd calls before some begin.
func noting[T any](ctx context.Context, a *attempts, name func(T) string) func([]T) error {
	return func(some []T) error {
		names := make([]string, len(some))
		for i, one := range some {
			names[i] = name(one)
		}
		a.mu.Lock()
		ended := a.ended
		a.ended = nil
		a.mu.Unlock()
		return a.store.StartAttempts(ctx, a.kind, names, ended)
	}
}

// inTurn calls do with all that are not suspected at once, and then with each suspect alone, as long as reading goes on.
// do returns when all that it read is stored. What is not read, as the run ends, is not suspected of anything.
func inTurn[T any](ctx, reading context.Context, a *attempts, all []T, name func(T) string, do func([]T) error) (err error) {
	defer func() { err = errors.Join(err, a.store.EndAttempts(context.WithoutCancel(ctx), a.kind)) }()
	var others, suspects []T
	for _, one := range all {
		if a.suspects[name(one)] {
			suspects = append(suspects, one)
		} else {
			others = append(others, one)
		}
	}
	if err := do(others); err != nil {
		return err
	}
	for i := range suspects {
		if reading.Err() != nil {
			return nil
		}
		if err := do(suspects[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// endedRuns is why something was given up.
const endedRuns = "two runs were killed or ran out of memory while they read it; "

// recoverAttempts finds what earlier runs died of. What two died of is given up: a page for good, a source for a while.
func (r *Run) recoverAttempts(ctx context.Context) error {
	r.sources = &attempts{store: r.Store, kind: store.AttemptSource, suspects: map[string]bool{}}
	r.pages = &attempts{store: r.Store, kind: store.AttemptPage, suspects: map[string]bool{}}
	r.givenUp = map[string]bool{}
	all, err := r.Store.Suspects(ctx)
	if err != nil {
		return err
	}
	var sources []result
	var pages []store.Reading
	for _, suspect := range all {
		source, listed := r.Composer.Source(suspect.Name)
		switch {
		case suspect.Kind == store.AttemptPage && suspect.Deaths >= store.MaxDeaths:
			pages = append(pages, store.Reading{Key: suspect.Name, Err: endedRuns + "it is not read again"})
		case suspect.Kind == store.AttemptPage:
			r.pages.suspects[suspect.Name] = true
		case suspect.Deaths >= store.MaxDeaths && listed:
			visit := schedule.GivenUp(source, r.Visits[source.ID()], r.Now(),
				endedRuns+"it is left alone for some days and then tried once more; take it out of feeds.yaml if it ends a run again")
			sources = append(sources, result{Answer: store.Answer{Source: source, Visit: visit}})
			r.givenUp[source.ID()] = true
		default:
			r.sources.suspects[suspect.Name] = true
		}
	}
	if err := r.record(ctx, sources, r.Visits); err != nil {
		return err
	}
	for _, a := range sources {
		r.Visits[a.Source.ID()] = a.Visit
	}
	if len(pages) == 0 {
		return nil
	}
	return r.Store.SetPages(ctx, r.Now(), pages...)
}
