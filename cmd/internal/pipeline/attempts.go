package pipeline

import (
	"context"
	"errors"
	"sync"

	"broadsheet/internal/schedule"
	"broadsheet/store"
)

// attemptChunk is how many attempts are stored in one transaction: enough to share the cost of a commit, few enough
// that a crash makes few suspects of sources or pages that had not been started yet.
const attemptChunk = 32

// attempts stores what is about to be fetched and parsed, so that the next run knows what was in progress if this one
// crashes (killed, out of memory, power failure). These suspects are then read alone, after all others.
type attempts struct {
	store    *store.Store
	kind     store.AttemptKind
	suspects map[string]bool // by Source.ID or Article.Key

	mu    sync.Mutex
	ended []string // without a stored result, which would have ended the attempt
}

// end notes that an attempt has ended without a result that is stored now.
func (a *attempts) end(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = append(a.ended, id)
}

// startAttempts returns a start function for forEachConcurrent, which stores that the elements of a chunk are
// attempted; id returns the Source.ID or Article.Key of an element.
func startAttempts[T any](ctx context.Context, a *attempts, id func(T) string) func([]T) error {
	return func(chunk []T) error {
		ids := make([]string, len(chunk))
		for i, one := range chunk {
			ids[i] = id(one)
		}
		a.mu.Lock()
		ended := a.ended
		a.ended = nil
		a.mu.Unlock()
		return a.store.StartAttempts(ctx, a.kind, ids, ended)
	}
}

// suspectsLast calls do with all elements that are not suspects, and then with each suspect alone until fetchCtx ends.
// do must return only when everything that it read is stored. What is not read because the run ends becomes no suspect.
func suspectsLast[T any](ctx, fetchCtx context.Context, a *attempts, all []T, id func(T) string,
	do func([]T) error) (err error) {
	defer func() { err = errors.Join(err, a.store.EndAttempts(context.WithoutCancel(ctx), a.kind)) }()
	var others, suspects []T
	for _, one := range all {
		if a.suspects[id(one)] {
			suspects = append(suspects, one)
		} else {
			others = append(others, one)
		}
	}
	if err := do(others); err != nil {
		return err
	}
	for i := range suspects {
		if fetchCtx.Err() != nil {
			return nil
		}
		if err := do(suspects[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// crashedRuns is how a message begins that says why a source or a page is not read.
const crashedRuns = "two runs were killed or ran out of memory while they read it; "

// recoverAttempts finds what earlier runs were reading when they crashed. After store.MaxCrashes crashes a page is never
// read again, and a source is skipped for some days; before that they are suspects.
func (r *Run) recoverAttempts(ctx context.Context) error {
	r.sources = &attempts{store: r.Store, kind: store.AttemptSource, suspects: map[string]bool{}}
	r.pages = &attempts{store: r.Store, kind: store.AttemptPage, suspects: map[string]bool{}}
	r.skipped = map[string]bool{}
	all, err := r.Store.Suspects(ctx)
	if err != nil {
		return err
	}
	var sources []store.VisitResult
	var pages []store.PageResult
	for _, suspect := range all {
		source, listed := r.Composer.Source(suspect.Name)
		switch {
		case suspect.Kind == store.AttemptPage && suspect.Crashes >= store.MaxCrashes:
			pages = append(pages, store.PageResult{Key: suspect.Name, Err: crashedRuns + "it is not read again"})
		case suspect.Kind == store.AttemptPage:
			r.pages.suspects[suspect.Name] = true
		case suspect.Crashes >= store.MaxCrashes && listed:
			visit := schedule.VisitAfterCrash(source, r.Visits[source.ID()], r.Now(),
				crashedRuns+"it is left alone for some days and then tried once more; take it out of feeds.yaml if it ends a run again")
			sources = append(sources, store.VisitResult{Source: source, Visit: visit})
			r.skipped[source.ID()] = true
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
