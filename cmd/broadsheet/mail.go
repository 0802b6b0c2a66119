package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/config"
	"broadsheet/internal/plain"
	"broadsheet/publish"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

// mailing is what the command line says of letters.
type mailing struct{ to, day, dryRun string }

func (a *app) mailCommand() *cobra.Command {
	var m mailing
	c := &cobra.Command{
		Use:   "mail",
		Short: "Send the latest edition by mail, once to each address",
		Long: "Sends the latest edition to the addresses of mail: to: in feeds.yaml, or to one, by the server that stands there.\n" +
			"What the server has accepted is noted for each edition and address, and not sent again; an address that is new\n" +
			"gets the latest edition and none before it. A letter is noted right after it was accepted: should the machine\n" +
			"fail in that moment it is sent twice, under the same Message-ID; it is never left out.",
		Example: "  broadsheet run && broadsheet mail\n  broadsheet mail --dry-run - | less",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if m.dryRun != "" {
				return a.writeLetter(c.Context(), m)
			}
			return a.locked(func() error { return a.mail(c.Context(), m) })
		},
	}
	c.Flags().StringVar(&m.to, "to", "", "send it to this `address` alone")
	c.Flags().StringVar(&m.day, "day", "", "send the edition of this `day`, YYYY-MM-DD, in place of the latest")
	c.Flags().StringVar(&m.dryRun, "dry-run", "", "send nothing; write the letter into this `FILE`, a whole message as mail programs open it (name it like letter.eml), or - for standard output")
	return c
}

// letters is what a mailing needs.
type letters struct {
	config  config.Config
	store   *store.Store
	edition broadsheet.Edition // with no picks: there is none
	to      []string
}

// letters opens the database and finds what is to be sent to whom; whoever calls it closes the store.
func (a *app) letters(ctx context.Context, m mailing) (letters, error) {
	config, err := a.config()
	if err != nil {
		return letters{}, err
	}
	l := letters{config: config, to: config.Mail.To}
	if m.to != "" {
		l.to = []string{m.to}
	}
	switch {
	case config.Mail.From == "":
		return l, console.UsageError(fmt.Errorf("%s does not say by which server to send: add mail: with from and host; broadsheet reference explains them", a.feeds))
	case len(l.to) == 0:
		return l, console.UsageError(errors.New("there is nobody to send to: list addresses under mail: to:, or name one with --to"))
	}
	if _, err := time.Parse(time.DateOnly, m.day); m.day != "" && err != nil {
		return l, console.UsageError(fmt.Errorf("--day %q is not a day; write it like 2026-11-24", m.day))
	}
	if l.store, err = a.open(ctx); err != nil {
		return l, err
	}
	now, err := a.options().ReadersTime(ctx, l.store)
	if err == nil {
		l.edition, err = editionOf(ctx, l.store, config.Edition, now, broadsheet.Day(m.day))
	}
	if err != nil {
		_ = l.store.Close()
	}
	l.edition = publish.WithoutSecrets(l.edition, a.Secrets())
	return l, err
}

// editionOf is that of a day, or the latest, of those that readers may see.
func editionOf(ctx context.Context, s *store.Store, rules broadsheet.EditionRules, now time.Time, day broadsheet.Day) (broadsheet.Edition, error) {
	if day == "" {
		return pipeline.LatestEdition(ctx, s, rules, now)
	}
	e, err := s.Edition(ctx, day)
	if errors.Is(err, store.ErrUnknown) {
		return e, fmt.Errorf("there is no edition of %s; leave out --day for the latest", day)
	}
	if err != nil {
		return e, err
	}
	switch {
	case len(e.Picks) == 0:
		return e, fmt.Errorf("the edition of %s was withdrawn; broadsheet withdraw --undo %s brings it back", day, day)
	case rules.Ahead(e.Day, e.At, now):
		return e, fmt.Errorf("the edition of %s waits for its day: it was cut while the clock was ahead", day)
	}
	return e, nil
}

func (l letters) letter(to string) (*publish.Message, error) {
	letter, err := publish.NewMessage(l.config, l.edition, l.config.Mail.From, to, l.config.Mail.Unsubscribe)
	if err != nil {
		return nil, console.UsageError(err)
	}
	return letter, nil
}

// writeLetter writes the letter to the first address in place of sending it.
func (a *app) writeLetter(ctx context.Context, m mailing) error {
	l, err := a.letters(ctx, m)
	if err != nil {
		return err
	}
	defer l.store.Close()
	if len(l.edition.Picks) == 0 {
		return errors.New("there is no edition yet; broadsheet run cuts one when it is time")
	}
	letter, err := l.letter(l.to[0])
	if err != nil {
		return err
	}
	if m.dryRun == "-" {
		_, err = letter.WriteTo(a.Stdout)
		return err
	}
	var text bytes.Buffer
	if _, err := letter.WriteTo(&text); err != nil {
		return err
	}
	return files.Replace(m.dryRun, text.Bytes())
}

// mail sends the edition to whom it has not been sent.
func (a *app) mail(ctx context.Context, m mailing) error {
	l, err := a.letters(ctx, m)
	if err != nil {
		return err
	}
	defer l.store.Close()
	if len(l.edition.Picks) == 0 {
		a.remark("There is no edition to send yet.")
		return nil
	}
	all := make([]*publish.Message, len(l.to))
	for i, to := range l.to { // a wrong address is told before the first letter leaves
		if all[i], err = l.letter(to); err != nil {
			return err
		}
	}
	box, err := postbox(l.config.Mail)
	if err != nil {
		return err
	}
	sent, failed := 0, error(nil)
	for _, letter := range all {
		fresh, err := a.post(ctx, l, letter, box)
		if fresh {
			sent++
		}
		failed = errors.Join(failed, err)
		if err != nil && !errors.Is(err, publish.ErrRefused) {
			break // no letter will pass
		}
	}
	if failed == nil {
		a.remark(fmt.Sprintf("Edition of %s: %s sent, %d had it already.", l.edition.Day, plain.Count(sent, "letter"), len(all)-sent),
			"day", string(l.edition.Day), "sent", sent, "had", len(all)-sent)
	}
	return failed
}

// post sends a letter if it has not been sent, and notes that it was as soon as the server has taken it, even when the
// program is being interrupted.
func (a *app) post(ctx context.Context, l letters, letter *publish.Message, box publish.Mailer) (sent bool, err error) {
	note := "mail " + string(l.edition.Day) + " " + strings.ToLower(letter.To())
	before, err := l.store.Meta(ctx, note)
	if err != nil || before != "" {
		return false, err
	}
	if err := letter.Send(ctx, box); err != nil {
		return false, err
	}
	return true, l.store.SetMeta(context.WithoutCancel(ctx), note, a.now().UTC().Format(time.RFC3339))
}

// remark tells a person who waits for it what was done; as an event, it is always told.
func (a *app) remark(text string, attrs ...any) {
	switch {
	case a.LogFormat != "":
		a.Event(slog.LevelInfo, text, attrs...)
	case a.Interactive():
		fmt.Fprintln(a.Stderr, text)
	}
}

// postbox is the server of feeds.yaml, with its password from where feeds.yaml says that it is.
func postbox(m config.MailRules) (publish.Mailer, error) {
	box := publish.Mailer{Host: m.Host, Port: m.Port, TLS: m.TLS == "tls", Open: m.TLS == "none", User: m.User}
	switch {
	case m.PasswordEnv != "":
		// Neither is repeated: what stands there by mistake may be the password itself.
		if box.Password = os.Getenv(m.PasswordEnv); box.Password == "" {
			return box, fmt.Errorf("no password for %s: the environment variable that password_env of mail names is not set; cron passes few of them on, password_file may suit better", m.Host)
		}
	case m.PasswordFile != "":
		text, err := files.ReadInput(m.PasswordFile, 64<<10)
		if err != nil {
			return box, fmt.Errorf("no password for %s: the file that password_file of mail names cannot be read: %w", m.Host, files.Cause(err))
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if box.Password = strings.TrimSuffix(line, "\r"); box.Password == "" {
			return box, fmt.Errorf("no password for %s: the first line of the file that password_file of mail names is empty", m.Host)
		}
	}
	return box, nil
}
