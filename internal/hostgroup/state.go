// Package hostgroup keeps account of the requests to host groups. A host group is all hosts whose requests one operator
// counts together, such as Medium with the sites on domains of their own that it serves; any other host is a group by
// itself. Rate limits belong to a group, not to one of its sources.
//
// How many requests in an hour a group answers is learnt by additive increase and multiplicative decrease. The package
// is pure: the time is always an argument.
package hostgroup

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// State is what is known of a host group. It outlasts a run: the store keeps it as JSON under these field names. The
// zero value knows nothing.
type State struct {
	Members []string `json:",omitempty"` // host names that turned out to belong to the group, sorted

	Answered time.Time `json:",omitzero"`  // when it last answered a request, other than by refusing it
	Answers  []Answers `json:",omitempty"` // those of the last hour, oldest first

	BrokeOff time.Time `json:",omitzero"` // when it last broke off many connections in a run

	Refused      time.Time `json:",omitzero"`  // when it last refused one
	Refusals     int       `json:",omitempty"` // in a row, without an answer between them
	BlockedUntil time.Time `json:",omitzero"`  // it gets no request before
	Reason       string    `json:",omitempty"` // what it did, as text: "answered 429 Too Many Requests"

	Budget        int       `json:",omitempty"` // requests in an hour; 0: no bound is known
	BudgetChanged time.Time `json:",omitzero"`  // when the budget was last changed
	Ceiling       int       `json:",omitempty"` // requests that it had answered in an hour when it last refused more; 0: not known
	Probes        int       `json:",omitempty"` // how often in a row a budget above the ceiling was refused

	Gap        time.Duration `json:",omitempty"` // learnt gap between two requests; 0: that of the limits is long enough
	GapChanged time.Time     `json:",omitzero"`  // when it was last lengthened or shortened
}

// IsZero reports whether nothing is known.
func (s State) IsZero() bool { return reflect.DeepEqual(s, State{}) }

// Answers counts requests that were answered within some seconds.
type Answers struct {
	At int64 // when the last of them was, in seconds since 1970
	N  int
}

// answersPer is for how many seconds requests are counted together, so that a State stays small.
const answersPer = 10

const (
	hour = time.Hour
	day  = 24 * time.Hour

	firstBackOff  = time.Hour
	maxBackOff    = 12 * time.Hour
	maxRetryAfter = 2 * day

	firstProbe = day     // how long a budget stays at the ceiling after a refusal
	maxProbe   = 7 * day // and at most, when probes above it were refused again and again

	raisePart = 10 // a budget is raised by this part of its ceiling, at least by 1

	maxGapFactor = 4       // a learnt gap is so many times that of the limits at most
	gapMemory    = 3 * day // it is halved when it was not lengthened for so long

	paceAnswers  = 3 // a group that refused after fewer answers may have been asked too quickly, rather than too often
	firstPaceGap = 250 * time.Millisecond
	maxPaceGap   = 2 * time.Second // or maxGapFactor times that of the limits, if that is longer
)

// Block says why a group gets no request now.
type Block struct {
	Reason string    // follows "its host": "answered 429 Too Many Requests"
	Until  time.Time // when it may get one again
}

// Allow returns nil if the group may get a request at now, and the others that will follow from it. It raises a budget that
// is used up, at most once an hour: up to the ceiling at once, above it seldom, since that is likely to be refused.
func (s *State) Allow(now time.Time, l Limits, others int) *Block {
	if b := s.Blocked(now); b != nil {
		return b
	}
	n := s.answersSince(now)
	if s.Budget > 0 && n+others >= s.Budget && s.mayRaise(now) {
		raised := s.Budget + max(1, s.Ceiling/raisePart)
		if s.Budget < s.Ceiling {
			raised = min(raised, s.Ceiling)
		}
		s.Budget, s.BudgetChanged = raised, now
	}
	limit := s.PerHour(l)
	if limit == 0 || n+others < limit || n == 0 {
		return nil
	}
	return &Block{Reason: fmt.Sprintf("has answered %s, as many as it may be asked in an hour", requests(n)), Until: s.freeAt(max(limit-others, 1))}
}

// Blocked returns why the group is blocked at now because of what it did; nil if it is not.
func (s *State) Blocked(now time.Time) *Block {
	if !now.Before(s.BlockedUntil) {
		return nil
	}
	return &Block{Reason: s.Reason, Until: s.BlockedUntil}
}

// FreeAt returns the earliest time from now on at which the group may get a request, as far as it is known at now.
func (s State) FreeAt(now time.Time, l Limits) time.Time {
	if b := s.Allow(now, l, 0); b != nil {
		return b.Until
	}
	return now
}

func (s *State) mayRaise(now time.Time) bool {
	if now.Sub(s.BudgetChanged) < hour {
		return false
	}
	return s.Ceiling == 0 || s.Budget < s.Ceiling || now.Sub(s.Refused) >= doubled(firstProbe, s.Probes, maxProbe)
}

// PerHour returns how many requests the group may get in an hour: the smaller of the budget and the bound of the
// limits; 0: any number.
func (s *State) PerHour(l Limits) int {
	if s.Budget > 0 && (l.PerHour == 0 || s.Budget < l.PerHour) {
		return s.Budget
	}
	return l.PerHour
}

// RecordAnswer records that the group answered a request, with whatever status, other than by refusing it.
func (s *State) RecordAnswer(now time.Time) {
	s.Answered, s.Refusals, s.BlockedUntil, s.Reason = now, 0, time.Time{}, ""
	s.forgetAnswers(now)
	at := now.Unix()
	if last := len(s.Answers) - 1; last >= 0 && s.Answers[last].At/answersPer == at/answersPer {
		s.Answers[last].At, s.Answers[last].N = at, s.Answers[last].N+1
	} else {
		s.Answers = append(s.Answers, Answers{at, 1})
	}
	if s.Ceiling > 0 && s.answersSince(now) > s.Ceiling { // more than it refused the last time
		s.Ceiling, s.Probes = 0, 0
	}
}

// RecordRefusal records that the group refused a request, because there were too many, and blocks it: for retryAfter if
// the response says so, else by a back-off that doubles until the group answers again. name is the group's name, which
// spreads the back-off, and reason what it did.
func (s *State) RecordRefusal(now time.Time, l Limits, retryAfter time.Duration, name, reason string) {
	n := s.answersSince(now)
	s.block(now, retryAfter, name, reason)
	gap, maxGap := max(s.Gap, l.Gap), max(maxPaceGap, maxGapFactor*l.Gap)
	switch {
	case n == 0: // it is closed, which does not tell how many requests it answers, nor how quickly
	case n < paceAnswers && retryAfter <= 0 && gap < maxGap:
		s.setGap(now, min(max(2*gap, firstPaceGap), maxGap))
	default:
		if s.Ceiling > 0 && s.Budget > s.Ceiling {
			s.Probes++
		}
		s.Budget, s.Ceiling, s.BudgetChanged = max(1, n*3/4), n, now
	}
}

// RecordFailure blocks a group that does not answer at all, as RecordRefusal does, but learns nothing from it of how many
// requests it answers.
func (s *State) RecordFailure(now time.Time, name, reason string) { s.block(now, 0, name, reason) }

func (s *State) block(now time.Time, retryAfter time.Duration, name, reason string) {
	s.Refusals++
	s.Refused, s.Reason = now, reason
	wait := min(retryAfter, maxRetryAfter)
	if wait <= 0 {
		wait = backOff(name, s.Refusals)
	}
	s.BlockedUntil = now.Add(wait)
}

// RecordResets records that the group broke off many connections in a run, and lengthens the gap.
func (s *State) RecordResets(now time.Time, l Limits) {
	gap := max(s.Gap, l.Gap)
	s.BrokeOff = now
	s.setGap(now, max(gap, min(2*gap, maxGapFactor*l.Gap)))
}

// BreaksOffMany reports whether the group has lately broken off many connections and answered other requests, so that a
// connection that it breaks off says nothing of the source.
func (s *State) BreaksOffMany(now time.Time) bool {
	return now.Sub(s.BrokeOff) < gapMemory && now.Sub(s.Answered) < day
}

func (s *State) setGap(now time.Time, gap time.Duration) { s.Gap, s.GapChanged = gap, now }

// Settle brings the state up to date at the beginning of a run. Times in the future were recorded under a clock that
// was ahead, and are forgotten.
func (s *State) Settle(now time.Time) {
	for _, at := range []time.Time{s.Answered, s.BrokeOff, s.Refused, s.BudgetChanged, s.GapChanged} {
		if at.After(now) {
			*s = State{Members: s.Members, Budget: s.Budget, BudgetChanged: now, Gap: s.Gap, GapChanged: now}
			return
		}
	}
	s.forgetAnswers(now)
	for s.Gap > 0 && now.Sub(s.GapChanged) >= gapMemory {
		s.setGap(s.GapChanged.Add(gapMemory), s.Gap/2)
		if s.Gap < time.Millisecond {
			s.Gap = 0
		}
	}
}

// AddMember records that a host belongs to the group.
func (s *State) AddMember(host string) {
	if i, known := slices.BinarySearch(s.Members, host); !known {
		s.Members = slices.Insert(slices.Clone(s.Members), i, host)
	}
}

// IsWorthKeeping reports whether the state says more than that the group answers, so that the next run needs it.
func (s *State) IsWorthKeeping(l Limits) bool {
	return len(s.Members) > 0 || s.Refusals > 0 || s.Budget > 0 || s.Gap > 0 || l.PerHour > 0 || s.count() >= paceAnswers
}

// forgetAnswers forgets the answers that are no longer within the hour before now.
func (s *State) forgetAnswers(now time.Time) {
	s.Answers = slices.DeleteFunc(slices.Clone(s.Answers), func(a Answers) bool { return !isWithinHour(a, now) })
}

// answersSince returns how many requests the group answered in the hour before now.
func (s *State) answersSince(now time.Time) int {
	n := 0
	for _, a := range s.Answers {
		if isWithinHour(a, now) {
			n += a.N
		}
	}
	return n
}

func (s *State) count() (n int) {
	for _, a := range s.Answers {
		n += a.N
	}
	return n
}

// isWithinHour reports whether answers were in the hour before now. What was exactly an hour ago is not.
func isWithinHour(a Answers, now time.Time) bool { return a.At > now.Add(-hour).Unix() }

// freeAt returns when fewer than limit of the answers are within an hour.
func (s *State) freeAt(limit int) time.Time {
	n := s.count()
	for _, a := range s.Answers {
		if n -= a.N; n < limit {
			return time.Unix(a.At, 0).UTC().Add(hour)
		}
	}
	return time.Time{}
}

// backOff returns the delay after a number of refusals in a row: less than an hour after the first one, so that the
// next hourly run finds the group free though it was refused late in this one, twice as long after each further one, up
// to half a day. A hash of name and number spreads it.
func backOff(name string, refusals int) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(name + " " + strconv.Itoa(refusals)))
	d := doubled(firstBackOff, refusals-1, maxBackOff)
	return (d - d/10 - d/10*time.Duration(h.Sum64()%1000)/1000).Round(time.Second)
}

// doubled returns d, doubled n times, but at most limit.
func doubled(d time.Duration, n int, limit time.Duration) time.Duration {
	for ; n > 0 && d < limit; n-- {
		d *= 2
	}
	return min(d, limit)
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return strconv.Itoa(n) + " requests"
}
