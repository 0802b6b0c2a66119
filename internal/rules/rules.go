// Package rules judges articles by the topics, phrases, companies and filters of feeds.yaml: whether an article may enter
// an edition, with what score, and why.
package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"broadsheet"
	"broadsheet/internal/config"
)

// Rules judge articles: which are wanted, why, and what they are about. Compiled once from feeds.yaml; safe for use by
// many at once.
type Rules struct {
	selection   config.Selection
	groups      []group
	phrases     *phrases
	of          []int // group of each phrase
	companies   companies
	fingerprint string
}

// group is a topic or an unwanted group as compiled.
type group struct {
	config.Topic
	rule     string // as reasons name it
	unwanted bool
}

// Verdict is what the rules make of an article: the answer to "why is it in, or not".
type Verdict struct {
	Score   float64 // the sum of the weights in Why
	Wanted  bool
	Topics  []string            // names of topics: the source's own first, then those that its words speak of, strongest first
	Company string              // empty: none known
	Why     []broadsheet.Reason // in the order in which they were found; never empty
}

// NewRules compiles what feeds.yaml says of topics, unwanted words, companies and sources.
func NewRules(c config.Config) *Rules {
	r := &Rules{selection: c.Selection, phrases: newPhrases(), companies: newCompanies(c.Companies)}
	for _, t := range c.Topics {
		r.add(group{Topic: t, rule: "topic " + t.Name})
	}
	for _, t := range c.Unwanted {
		r.add(group{Topic: t, rule: "unwanted " + t.Name, unwanted: true})
	}
	r.fingerprint = fingerprint(c)
	return r
}

// add compiles one group.
func (r *Rules) add(g group) {
	for _, phrase := range g.Words {
		r.phrases.add(phrase)
		r.of = append(r.of, len(r.groups))
	}
	r.groups = append(r.groups, g)
}

// Fingerprint changes when anything changes that a verdict is made from, so that stored verdicts can be told from
// those that feeds.yaml would give now.
func (r *Rules) Fingerprint() string { return r.fingerprint }

// judgement is the edition of the rules in this file: to be raised when the same feeds.yaml would judge differently.
const judgement = 2

func fingerprint(c config.Config) string {
	type source struct {
		ID, Company              string
		Include, Exclude, Topics []string
		Take                     broadsheet.Take
		Bonus                    float64
	}
	sources := make([]source, 0, len(c.Sources))
	for _, s := range c.Sources {
		sources = append(sources, source{s.ID(), s.Company, s.Include, s.Exclude, s.Topics, s.Take, s.Bonus})
	}
	text, err := json.Marshal([]any{judgement, c.Selection, c.Topics, c.Unwanted, c.Companies, sources})
	if err != nil { // NaN or infinity as a weight, which ParseConfig refuses
		return err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Judge says whether an article of the source may enter an edition, what it is about, and why.
func (r *Rules) Judge(a broadsheet.Article, s broadsheet.Source) Verdict {
	var v Verdict
	v.Topics = append(v.Topics, s.Topics...)
	r.weigh(&v, a)
	v.Company = r.companies.of(a, s)
	if s.Bonus != 0 {
		v.because("source bonus", "", "", s.Bonus)
	}
	r.decide(&v, a, s)
	return v
}

// because adds a reason. Weights are hundredths, so that a person who adds them up comes to the score, and to the same
// side of the threshold.
func (v *Verdict) because(rule, field, words string, weight float64) {
	weight = hundredths(weight)
	v.Score = hundredths(v.Score + weight)
	v.Why = append(v.Why, broadsheet.Reason{Rule: rule, Field: field, Words: words, Weight: weight})
}

func hundredths(f float64) float64 { return math.Round(f*100) / 100 }

// decide turns the score and what the source says of itself into a decision.
func (r *Rules) decide(v *Verdict, a broadsheet.Article, s broadsheet.Source) {
	threshold := r.selection.Threshold
	switch out, ok := leftOut(a, s); {
	case ok:
		v.because(out.Rule, out.Field, out.Words, 0)
	case s.Take == broadsheet.TakeNone:
		v.because("take none", "", "", 0)
	case s.Kind == broadsheet.KindList:
		v.because("picked by hand", "", "", max(threshold-v.Score, 0))
		v.Wanted = true
	case s.Take == broadsheet.TakeAll:
		v.Wanted = v.Score >= 0
		if v.Wanted {
			v.because("take all", "", "", 0)
		} else {
			v.because("unwanted words outweigh take all", "", "", 0)
		}
	case v.Score >= threshold:
		v.Wanted = true
		v.because("at or above threshold "+number(threshold), "", "", 0)
	default:
		v.because("below threshold "+number(threshold), "", "", 0)
	}
}

// leftOut is why the source's own patterns keep the article out; ok is false when they let it in.
func leftOut(a broadsheet.Article, s broadsheet.Source) (why broadsheet.Reason, ok bool) {
	kept, by := Filter(s, a.Link, a.Title, a.Tags)
	switch {
	case kept:
		return broadsheet.Reason{}, false
	case by == "":
		return broadsheet.Reason{Rule: "no include pattern matches", Words: strings.Join(s.Include, ", ")}, true
	case strings.HasPrefix(by, "/"):
		return broadsheet.Reason{Rule: "exclude", Field: "link", Words: by}, true
	}
	return broadsheet.Reason{Rule: "exclude", Field: "title", Words: by}, true
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// leadWords is how much of an article's text counts as its lead when no excerpt is known: about an excerpt's length.
const leadWords = 60

// weigh adds what the article's words count for, and its topics.
func (r *Rules) weigh(v *Verdict, a broadsheet.Article) {
	if len(r.groups) == 0 {
		return
	}
	t := tally{rules: r, weight: make([]float64, len(r.groups))}
	title := fold(a.Title)
	t.field(v, "title", r.selection.Title, title, cutWords(title, nil))
	if a.Excerpt == "" && a.Text == "" && v.Score > 0 {
		v.because("nothing but its title is known", "title", "", v.Score)
	}
	tags := fold(strings.Join(a.Tags, "\n"))
	t.field(v, "tags", r.selection.Tags, tags, cutWords(tags, nil))
	text, lead := fold(a.Text), fold(a.Excerpt)
	body, first := cutWords(text, nil), cutWords(lead, nil)
	if lead == "" {
		lead, first = text, body[:min(leadWords, len(body))]
	}
	t.field(v, "lead", r.selection.Lead, lead, first)
	t.field(v, "body", r.selection.Body, text, body)
	v.Topics = append(v.Topics, t.topics(v.Topics)...)
}
