package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/files"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
	"broadsheet/internal/health"
	"broadsheet/publish"
	"broadsheet/store"
)

// composeAndPublish composes the edition if it is due, and publishes the site.
func (r *Run) composeAndPublish(ctx context.Context) error {
	if err := r.composeEdition(ctx); err != nil {
		return err
	}
	return r.Publish(ctx)
}

// Publish brings the output folder up to date with the store.
func (r *Run) Publish(ctx context.Context) error {
	r.bar.Stage("publishing", 1)
	// Editions of earlier versions may contain links into private networks, which are no longer published.
	if err := r.Store.MarkChangedOnce(ctx, "private links", hasPrivateLink); err != nil {
		return err
	}
	editions, err := r.editionSource(ctx)
	if err != nil {
		return err
	}
	if editions.Health, err = r.reportedEvents(ctx); err != nil {
		return err
	}
	editions.Health = editions.Health[:min(maxEventsShown, len(editions.Health))]
	before, _ := os.Stat(r.Out) // nil: publish.Write creates it
	changed, err := publish.Write(ctx, r.Out, r.Composer.Config, editions)
	if err != nil {
		return err
	}
	r.report.files = changed
	if err := r.checkReadable(ctx, before, changed); err != nil {
		return err
	}
	return r.announce(ctx, changed)
}

// editionSource returns what the publisher needs, all but the health events.
func (r *Run) editionSource(ctx context.Context) (publish.EditionSource, error) {
	source := publish.EditionSource{Edition: r.Store.Edition, Secrets: r.Secrets(), Revisions: map[broadsheet.Day]int{},
		WithdrawnLinks: r.Store.WithdrawnLinks}
	now, err := r.publicTime(ctx)
	if err != nil {
		return source, err
	}
	source.CurrentArticle = func(ctx context.Context, key string) (broadsheet.Article, error) {
		a, err := r.Store.ArticleByKey(ctx, key)
		if a.Updated.After(now) { // stored while the clock was ahead: not a change yet
			a = broadsheet.Article{}
		}
		return a, err
	}
	days, hidden, err := r.Store.Published(ctx, r.Composer.Config.Edition, now)
	if err != nil {
		return source, err
	}
	for _, d := range days {
		source.Days = append(source.Days, publish.EditionRef{Day: d.Day, Number: d.Number, Picks: d.Picks})
		if d.Revised > 0 {
			source.Revisions[d.Day] = d.Revised
		}
	}
	for _, d := range hidden {
		source.Hidden = append(source.Hidden, publish.HiddenEdition{Day: d.Day, Withdrawn: d.Withdrawn && !d.Future})
	}
	if source.IDRoot.Day, source.IDRoot.OriginalFirstID, err = r.Store.FirstEdition(ctx); err != nil {
		return source, err
	}
	if source.Withdrawals, err = withdrawals(ctx, r.Store); err != nil {
		return source, err
	}
	known, err := r.Store.SourceStats(ctx)
	if err != nil {
		return source, err
	}
	found := r.findings
	if found == nil { // a command that publishes without a run
		if found, err = Findings(ctx, r.Composer, r.Store, r.Visits); err != nil {
			return source, err
		}
	}
	for _, s := range r.Composer.Config.Sources {
		v, k := r.Visits[s.ID()], known[s.ID()]
		if v.Quarantine != "" {
			source.Quarantined = append(source.Quarantined, s.ID())
		}
		source.Sources = append(source.Sources, publish.SourceStatus{Source: s, HomePage: v.HomePage, Health: health.PublicText(v, found[s.ID()]),
			Failing: v.Failures > 0 || v.Gone, Articles: k.Articles, LastPublished: k.Last})
	}
	return source, nil
}

// LatestEdition returns the newest edition that readers may see at now; the zero Edition if there is none.
func LatestEdition(ctx context.Context, s *store.Store, rules broadsheet.EditionRules, now time.Time) (broadsheet.Edition, error) {
	days, _, err := s.Published(ctx, rules, now)
	if err != nil || len(days) == 0 {
		return broadsheet.Edition{}, err
	}
	return s.Edition(ctx, days[len(days)-1].Day)
}

// withdrawals returns the withdrawals in the store, as the publisher needs them.
func withdrawals(ctx context.Context, s *store.Store) ([]publish.Withdrawal, error) {
	stored, err := s.Withdrawals(ctx)
	var all []publish.Withdrawal
	for _, w := range stored {
		p := publish.Withdrawal{Kind: w.Kind, At: w.At.UTC(), Number: w.Number, Cut: OptionalTime(w.Cut), First: w.First,
			Source: w.Source}
		switch w.Kind {
		case store.OfDay:
			p.Day = broadsheet.Day(w.What)
		case store.OfArticle:
			p.ID = broadsheet.Article{Key: w.What}.ID()
		case store.OfSource:
			p.Source = w.What
		}
		for _, a := range w.Articles {
			article := publish.WithdrawnArticle{ID: a.ID}
			for _, link := range a.Links {
				article.Links = append(article.Links, store.FormatLinkHash(link))
			}
			p.Articles = append(p.Articles, article)
		}
		all = append(all, p)
	}
	return all, err
}

// announce notifies the WebSub hub of the feeds that have changed. If the hub is down, that is only a warning, and if
// the run is killed before, it is not made up for: readers that poll see the change in any case.
func (r *Run) announce(ctx context.Context, changed []string) error {
	hub := r.Composer.Config.Hub
	err := publish.NotifyHub(ctx, r.Fetcher.WebhookClient(hub), r.Composer.Config, changed)
	switch {
	case err != nil && ctx.Err() == nil:
		return r.hubFailed(ctx, strings.TrimPrefix(err.Error(), "hub "))
	case err == nil && hub != "" && len(changed) > 0:
		return r.Store.SetMeta(ctx, hubKey, "")
	}
	return nil
}

const (
	webhookPeriod     = 24 * time.Hour  // how long after it was cut an edition is sent
	firstWebhookRetry = 5 * time.Minute // doubled after each further failure, up to maxWebhookRetry
	maxWebhookRetry   = 4 * time.Hour
	webhookEditions   = 10 // editions that are looked at: there may be more than one a day, when a clock was wrong
)

// webhookState is what was sent to a webhook. The store keeps it as JSON. It does not hold the address.
type webhookState struct {
	Done  []broadsheet.Day                `json:"done"`            // editions that are not sent any more, latest last
	Tries map[broadsheet.Day]webhookTries `json:"tries,omitempty"` // editions that could not be sent yet

	// While it accepts nothing, a failure is printed once a week, and that an edition could not be sent once.
	Printed time.Time `json:"printed,omitzero"` // when a failure was printed
	Lost    bool      `json:"lost,omitempty"`   // it was printed that an edition could not be sent
}

type webhookTries struct {
	Count int       `json:"count"`
	Next  time.Time `json:"next"`
}

// webhookKey returns the key of Store.Meta for the state of a webhook. A new address in the same variable or file gets the
// next edition, not the last one again.
func webhookKey(w config.Webhook) string {
	sum := sha256.Sum256([]byte(w.URL + "\x00" + w.URLEnv + "\x00" + w.URLFile))
	return "webhook " + hex.EncodeToString(sum[:8])
}

// webhookState returns the state of a webhook; known is false if no run has seen the webhook yet.
func (r *Run) webhookState(ctx context.Context, w config.Webhook) (state webhookState, known bool, err error) {
	text, err := r.Store.Meta(ctx, webhookKey(w))
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &state)
	}
	return state, text != "", err
}

// setWebhookState stores the state of a webhook, even while the run is being stopped: what was sent must not be sent again.
func (r *Run) setWebhookState(ctx context.Context, w config.Webhook, state webhookState) error {
	state.Done = state.Done[max(0, len(state.Done)-2*webhookEditions):]
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return r.Store.SetMeta(context.WithoutCancel(ctx), webhookKey(w), string(text))
}

// redactWebhooks keeps the addresses of webhooks that feeds.yaml does not hold itself out of all that is printed and
// published from now on.
func (r *Run) redactWebhooks() {
	for _, w := range r.Composer.Config.Webhooks {
		_, address, _ := webhookAddress(w) // an error is reported when the webhook is used
		r.RedactAddress(address)
	}
}

// noteEditionsBeforeWebhooks notes for each webhook that is new in feeds.yaml, or to this database, which editions there
// were before: they are not sent. It must be done before an edition is cut, so that a run that is killed between the
// edition and its message leaves the message to the next run.
func (r *Run) noteEditionsBeforeWebhooks(ctx context.Context) error {
	for _, w := range r.Composer.Config.Webhooks {
		state, known, err := r.webhookState(ctx, w)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		days, err := r.Store.Days(ctx)
		if err != nil {
			return err
		}
		for _, d := range days[max(0, len(days)-webhookEditions):] {
			state.Done = append(state.Done, d.Day)
		}
		if err := r.setWebhookState(ctx, w, state); err != nil {
			return err
		}
	}
	return nil
}

// sendWebhooks sends the editions that readers may see and that are younger than a day to the webhooks that have not
// accepted them yet. A failure is a warning, and the next runs try again. An edition is noted as sent when the webhook has
// accepted it: if the run is killed in that moment it is sent twice, with the same id; it is never left out.
func (r *Run) sendWebhooks(ctx context.Context) error {
	if len(r.Composer.Config.Webhooks) == 0 {
		return nil
	}
	now, err := r.publicTime(ctx)
	if err != nil {
		return err
	}
	days, _, err := r.Store.Published(ctx, r.Composer.Config.Edition, now)
	if err != nil {
		return err
	}
	for _, w := range r.Composer.Config.Webhooks {
		state, _, err := r.webhookState(ctx, w)
		if err != nil {
			return err
		}
		for _, d := range days[max(0, len(days)-webhookEditions):] {
			if slices.Contains(state.Done, d.Day) || ctx.Err() != nil {
				continue
			}
			edition, err := r.Store.Edition(ctx, d.Day)
			if err != nil {
				return err
			}
			if !r.sendWebhook(ctx, w, &state, edition, now) {
				continue
			}
			if err := r.setWebhookState(ctx, w, state); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendWebhook sends an edition to a webhook if it is time, and reports whether the state has changed.
func (r *Run) sendWebhook(ctx context.Context, w config.Webhook, state *webhookState, e broadsheet.Edition, now time.Time) bool {
	tries := state.Tries[e.Day]
	done := func() bool {
		state.Done = append(state.Done, e.Day)
		delete(state.Tries, e.Day)
		return true
	}
	warn := func(host, why string, printed bool) {
		r.report.warn(warning{name: strings.TrimSpace("webhook " + host), source: host, kind: "webhook", why: why, printed: printed})
	}
	host, address, err := webhookAddress(w)
	switch {
	case now.Sub(e.At) >= webhookPeriod:
		if tries.Count > 0 {
			warn(host, fmt.Sprintf("the edition of %s could not be sent within a day; it is not tried again", e.Day), state.Lost)
			state.Lost = true
		}
		return done()
	case now.Before(tries.Next):
		r.retryAt(tries.Next)
		return false
	}
	if err == nil {
		err = r.postWebhook(ctx, w, address, e)
	}
	if err == nil {
		state.Printed, state.Lost = time.Time{}, false
		return done()
	}
	if client.IsStopped(err) {
		return false
	}
	tries.Count++
	wait := min(firstWebhookRetry<<min(tries.Count-1, 10), maxWebhookRetry)
	var refused *publish.WebhookError
	reason := err.Error()
	if errors.As(err, &refused) {
		reason = refused.Reason
		wait = max(wait, client.HintsOf(refused.Header, r.Now()).RetryAfter)
	}
	tries.Next = now.Add(wait)
	if state.Tries == nil {
		state.Tries = map[broadsheet.Day]webhookTries{}
	}
	state.Tries[e.Day] = tries
	printed := !state.Printed.IsZero() && now.Sub(state.Printed) < 7*24*time.Hour
	if !printed && !r.report.offline { // what an outage of the network explains is not printed
		state.Printed = now
	}
	r.retryAt(tries.Next)
	warn(host, reason+fmt.Sprintf("; the edition of %s is sent by a later run, for a day", e.Day), printed)
	return true
}

// retryAt notes when a webhook is tried again.
func (r *Run) retryAt(at time.Time) {
	if r.report.Retry.IsZero() || at.Before(r.report.Retry) {
		r.report.Retry = at
	}
}

// postWebhook posts an edition to the address of a webhook.
func (r *Run) postWebhook(ctx context.Context, w config.Webhook, address string, e broadsheet.Edition) error {
	body, err := publish.WebhookBody(r.Composer.Config, publish.WithoutSecrets(e, r.Secrets()))
	if err != nil {
		return err
	}
	sender := r.Fetcher.WebhookClient(address)
	if w.AllowPrivate {
		sender = r.Fetcher.PrivateWebhookClient(address)
	}
	err = publish.PostWebhook(ctx, sender, address, body)
	var refused *publish.WebhookError
	if errors.As(err, &refused) && client.DeadReason(err) == broadsheet.DeadPrivate && !w.AllowPrivate {
		refused.Reason += "; if it is yours, give the webhook allow_private: true"
	}
	return err
}

// webhookAddress returns the address of a webhook and its host, which may be shown. The error repeats nothing of what
// feeds.yaml, the variable or the file holds: by mistake, it may be the address itself.
func webhookAddress(w config.Webhook) (host, address string, err error) {
	switch {
	case w.URL != "":
		address = w.URL
	case w.URLEnv != "":
		address = strings.TrimSpace(os.Getenv(w.URLEnv))
		if problem := config.CheckWebhookURL(address); problem != "" {
			return "", "", fmt.Errorf("the environment variable that url_env names %s; cron passes few of them on, url_file may suit better", problem)
		}
	default:
		text, err := files.ReadInput(w.URLFile, 64<<10)
		if err != nil {
			return "", "", fmt.Errorf("the file that url_file names cannot be read: %w", files.WithoutPath(err))
		}
		line, _, _ := strings.Cut(string(text), "\n")
		address = strings.TrimSpace(line)
		if problem := config.CheckWebhookURL(address); problem != "" {
			return "", "", fmt.Errorf("the first line of the file that url_file names %s", problem)
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", "", errors.New("its address is not one of the web")
	}
	return u.Hostname(), address, nil
}
