// Package rules scores articles by the topics, phrases, companies and filters of feeds.yaml: whether an article may be
// in an edition, with what score, and why.
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

// Rules decides which articles are wanted, why, and what they are about. It is compiled once from feeds.yaml and safe
// for use by many goroutines.
type Rules struct {
	selection   config.Scoring
	groups      []group
	phrases     *phrases
	groupOf     []int // by phrase: its index in groups
	companies   companies
	fingerprint string
}

// group is a topic, or a group of unwanted phrases.
type group struct {
	config.Topic
	rule     string // its name in a broadsheet.Reason
	unwanted bool
}

// Verdict is the result of the rules for one article.
type Verdict struct {
	Score   float64             // the sum of the weights in Why
	Wanted  bool                // it may be in an edition
	Topics  []string            // names of topics: the source's own first, then those of its text, the one with most points first
	Company string              // empty: unknown
	Why     []broadsheet.Reason // in the order in which they were found; never empty
}

// New compiles the topics, unwanted phrases, companies and sources of feeds.yaml.
func New(c config.Config) *Rules {
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

// add adds one group and its phrases.
func (r *Rules) add(g group) {
	for _, phrase := range g.Words {
		r.phrases.add(phrase)
		r.groupOf = append(r.groupOf, len(r.groups))
	}
	r.groups = append(r.groups, g)
}

// Fingerprint returns a hash of everything in feeds.yaml that verdicts depend on, and of algorithmVersion. Stored
// verdicts with another fingerprint are out of date.
func (r *Rules) Fingerprint() string { return r.fingerprint }

// algorithmVersion must be incremented when the code of this package changes so that the same feeds.yaml gives other
// verdicts.
const algorithmVersion = 2

// fingerprint returns the Fingerprint of the rules of c.
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
	text, err := json.Marshal([]any{algorithmVersion, c.Selection, c.Topics, c.Unwanted, c.Companies, sources})
	if err != nil { // NaN or infinity as a weight, which config.Parse rejects
		return err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Judge returns the verdict on an article of the source s. It is a function of its arguments and of feeds.yaml alone.
func (r *Rules) Judge(a broadsheet.Article, s broadsheet.Source) Verdict {
	var v Verdict
	v.Topics = append(v.Topics, s.Topics...)
	r.scoreWords(&v, a)
	v.Company = r.companies.companyOf(a, s)
	if s.Bonus != 0 {
		v.addReason("source bonus", "", "", s.Bonus)
	}
	r.decide(&v, a, s)
	return v
}

// addReason adds a reason and its weight to the score. Weights are rounded to hundredths, so that a person who adds
// them up gets exactly the score, and the same decision about the threshold.
func (v *Verdict) addReason(rule, field, words string, weight float64) {
	weight = roundToHundredths(weight)
	v.Score = roundToHundredths(v.Score + weight)
	v.Why = append(v.Why, broadsheet.Reason{Rule: rule, Field: field, Words: words, Weight: weight})
}

func roundToHundredths(f float64) float64 { return math.Round(f*100) / 100 }

// decide sets v.Wanted by the source's filters and kind, its `take`, and the score. The reason for it is the last in
// v.Why.
func (r *Rules) decide(v *Verdict, a broadsheet.Article, s broadsheet.Source) {
	threshold := r.selection.Threshold
	switch why, ok := filteredOut(a, s); {
	case ok:
		v.addReason(why.Rule, why.Field, why.Words, 0)
	case s.Take == broadsheet.TakeNone:
		v.addReason("take none", "", "", 0)
	case s.Kind == broadsheet.KindList:
		v.addReason("picked by hand", "", "", max(threshold-v.Score, 0))
		v.Wanted = true
	case s.Take == broadsheet.TakeAll:
		v.Wanted = v.Score >= 0
		if v.Wanted {
			v.addReason("take all", "", "", 0)
		} else {
			v.addReason("unwanted words outweigh take all", "", "", 0)
		}
	case v.Score >= threshold:
		v.Wanted = true
		v.addReason("at or above threshold "+formatNumber(threshold), "", "", 0)
	default:
		v.addReason("below threshold "+formatNumber(threshold), "", "", 0)
	}
}

// filteredOut reports whether the source's include and exclude patterns keep the article out, and why.
func filteredOut(a broadsheet.Article, s broadsheet.Source) (why broadsheet.Reason, ok bool) {
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

// formatNumber returns f with as few digits as are needed.
func formatNumber(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// maxLeadWords is how many words of an article's text count as its lead when it has no excerpt: about an excerpt's
// length.
const maxLeadWords = 60

// scoreWords adds the points for the phrases in the article's title, tags, lead and body, and its topics.
func (r *Rules) scoreWords(v *Verdict, a broadsheet.Article) {
	if len(r.groups) == 0 {
		return
	}
	t := tally{rules: r, points: make([]float64, len(r.groups))}
	title := fold(a.Title)
	t.scoreField(v, "title", r.selection.Title, title, splitWords(title))
	if a.Excerpt == "" && a.Text == "" && v.Score > 0 { // a title without a text counts twice
		v.addReason("nothing but its title is known", "title", "", v.Score)
	}
	tags := fold(strings.Join(a.Tags, "\n"))
	t.scoreField(v, "tags", r.selection.Tags, tags, splitWords(tags))
	body, lead := fold(a.Text), fold(a.Excerpt)
	bodyWords, leadWords := splitWords(body), splitWords(lead)
	if lead == "" {
		lead, leadWords = body, bodyWords[:min(maxLeadWords, len(bodyWords))]
	}
	t.scoreField(v, "lead", r.selection.Lead, lead, leadWords)
	t.scoreField(v, "body", r.selection.Body, body, bodyWords)
	v.Topics = append(v.Topics, t.topics(v.Topics)...)
}
