package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
)

// webhookMessage is the JSON body that a webhook gets for an edition. Each service shows the key that it knows and ignores
// the others: Slack and Mattermost text, Discord content.
type webhookMessage struct {
	Text            string          `json:"text"`
	Content         string          `json:"content"`
	AllowedMentions allowedMentions `json:"allowed_mentions"`

	ID     string        `json:"id"` // of the edition's entry in daily.xml: the same if the message comes twice
	Title  string        `json:"title"`
	URL    string        `json:"url,omitempty"` // of the edition's page; missing if feeds.yaml has no url
	Day    string        `json:"day"`
	Number int           `json:"number"`
	Picks  []webhookPick `json:"picks"`
}

// allowedMentions tells Discord which mentions in content notify somebody: none, since the text is written by others.
type allowedMentions struct {
	Parse []string `json:"parse"`
}

type webhookPick struct {
	Title   string `json:"title"`
	Link    string `json:"link,omitempty"`
	Source  string `json:"source"`
	Excerpt string `json:"excerpt,omitempty"`
}

// Limits of the texts, in UTF-16 code units. Slack advises 4,000 characters at most and cuts at 40,000; Discord refuses a
// message of more than 2,000.
const (
	maxSlackText      = 4000
	maxDiscordContent = 2000
	maxMessageTitle   = 200 // of an article, in characters
	maxMessageURL     = 600 // in bytes; a text without the link says more than no text
)

// WebhookBody returns the message about an edition. The same edition gives the same bytes. The edition must be free of
// secrets (WithoutSecrets).
func WebhookBody(config config.Config, e broadsheet.Edition) ([]byte, error) {
	p, err := newPublisher(config, EditionSource{})
	if err != nil {
		return nil, err
	}
	view, page := p.standaloneView(p.withoutPrivate(e)), p.page("letter", "", p.config.Title)
	m := webhookMessage{AllowedMentions: allowedMentions{Parse: []string{}}, Title: p.config.Title + ", " + dayTime(e.Day).Format(plainDate),
		URL: page.Absolute(dayPath(e.Day)), Day: string(e.Day), Number: e.Number,
		ID: editionID(e), Picks: []webhookPick{}}
	for _, c := range view.Cards {
		m.Picks = append(m.Picks, webhookPick{Title: c.Title, Link: c.Href, Source: c.Source, Excerpt: c.Excerpt})
	}
	m.Text = m.format(maxSlackText, slackLink, slackEscaper.Replace)
	m.Content = m.format(maxDiscordContent, discordLink, discordEscaper.Replace)
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // it is no part of a page
	err = encoder.Encode(m)
	return body.Bytes(), err
}

// format returns the message as a text of at most limit UTF-16 code units, a line for each article. linked returns a text
// that leads to an address, and escape one that the service shows as it is.
func (m webhookMessage) format(limit int, linked func(text, address string) string, escape func(string) string) string {
	withLink := func(text, address string) string {
		if address == "" || len(address) > maxMessageURL {
			return escape(text)
		}
		return linked(escape(text), address)
	}
	rest := func(n int) string { // the last line, if n articles have no room
		if n == 0 {
			return ""
		}
		return "\n" + withLink("and "+strconv.Itoa(n)+" more", m.URL)
	}
	text := withLink(m.Title, m.URL)
	for i, pick := range m.Picks {
		line := "\n• " + withLink(plain.Shorten(pick.Title, maxMessageTitle), pick.Link) + " (" + escape(pick.Source) + ")"
		if utf16Len(text+line+rest(len(m.Picks)-i-1)) > limit {
			return text + rest(len(m.Picks)-i)
		}
		text += line
	}
	return text
}

func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }

// slackEscaper escapes what has a meaning in Slack's mrkdwn: https://docs.slack.dev/messaging/formatting-message-text.
var slackEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackLink(text, address string) string {
	return "<" + slackEscaper.Replace(strings.ReplaceAll(address, "|", "%7C")) + "|" + text + ">"
}

// discordEscaper escapes what has a meaning in Discord's Markdown.
var discordEscaper = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "`", "\\`", "|", `\|`, "<", `\<`, ">", `\>`, "[", `\[`, "]", `\]`,
	"(", `\(`, ")", `\)`, "://", `:\//`)

// discordLink returns a link whose address is in <>, so that Discord shows no preview of it.
func discordLink(text, address string) string {
	return "[" + text + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "(", "%28", ")", "%29").Replace(address) + ">)"
}

// WebhookError is the error of a webhook that did not accept a message. It names the host alone, since the address is
// secret.
type WebhookError struct {
	Host   string
	Reason string
	Header http.Header // of the answer; nil: there was none
	cause  error
}

func (e *WebhookError) Error() string { return e.Host + ": " + e.Reason }
func (e *WebhookError) Unwrap() error { return e.cause }

// PostWebhook posts a message to the address of a webhook. It returns nil if the answer is a success, and else a
// *WebhookError. A redirect is no success: client must not follow it.
func PostWebhook(ctx context.Context, client *http.Client, address string, body []byte) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return &WebhookError{Host: "webhook", Reason: "its address is not one of the web"}
	}
	failed := &WebhookError{Host: u.Hostname()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		failed.Reason = "its address is not one of the web"
		return failed
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if urlErr := (*url.Error)(nil); errors.As(err, &urlErr) {
		err = urlErr.Err // without the address
	}
	if err != nil {
		failed.Reason, failed.cause = link.NewSecrets(nil, address).RedactKnown(err.Error()), err
		return failed
	}
	defer resp.Body.Close()
	switch failed.Header = resp.Header; {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode/100 == 3:
		failed.Reason = fmt.Sprintf("answered %d, a redirect, which is not followed; write the address that it leads to", resp.StatusCode)
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone, resp.StatusCode == http.StatusForbidden, resp.StatusCode == http.StatusUnauthorized:
		failed.Reason = fmt.Sprintf("answered %d; the webhook may have been removed there: make a new one", resp.StatusCode)
	default:
		failed.Reason = fmt.Sprintf("answered %d", resp.StatusCode)
	}
	return failed
}
