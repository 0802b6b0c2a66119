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

// mailOptions holds the flags of `mail`.
type mailOptions struct{ to, day, dryRun string }

func (a *app) mailCommand() *cobra.Command {
	var m mailOptions
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
				return a.writeMessage(c.Context(), m)
			}
			return a.locked(func() error { return a.mail(c.Context(), m) })
		},
	}
	c.Flags().StringVar(&m.to, "to", "", "send it to this `address` alone")
	c.Flags().StringVar(&m.day, "day", "", "send the edition of this `day`, YYYY-MM-DD, in place of the latest")
	c.Flags().StringVar(&m.dryRun, "dry-run", "", "send nothing; write the letter into this `FILE`, a whole message as mail programs open it (name it like letter.eml), or - for standard output")
	return c
}

// mailJob is one edition and the addresses to send it to.
type mailJob struct {
	config  config.Config
	store   *store.Store
	edition broadsheet.Edition // without picks: there is none
	to      []string
}

// newMailJob opens the database and finds the edition and its recipients. The caller closes the store unless there is
// an error.
func (a *app) newMailJob(ctx context.Context, m mailOptions) (mailJob, error) {
	config, err := a.config()
	if err != nil {
		return mailJob{}, err
	}
	l := mailJob{config: config, to: config.Mail.To}
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
	now, err := a.options().PublicTime(ctx, l.store)
	if err == nil {
		l.edition, err = editionOf(ctx, l.store, config.Edition, now, broadsheet.Day(m.day))
	}
	if err != nil {
		_ = l.store.Close()
	}
	l.edition = publish.WithoutSecrets(l.edition, a.Secrets())
	return l, err
}

// editionOf returns the edition of a day, or the latest if day is empty, among those that readers may see.
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
	case rules.IsFuture(e.Day, e.At, now):
		return e, fmt.Errorf("the edition of %s waits for its day: it was cut while the clock was ahead", day)
	}
	return e, nil
}

func (l mailJob) message(to string) (*publish.Message, error) {
	message, err := publish.NewMessage(l.config, l.edition, l.config.Mail.From, to, l.config.Mail.Unsubscribe)
	if err != nil {
		return nil, console.UsageError(err)
	}
	return message, nil
}

// writeMessage writes the message to the first recipient to a file or standard output, in place of sending it.
func (a *app) writeMessage(ctx context.Context, m mailOptions) error {
	l, err := a.newMailJob(ctx, m)
	if err != nil {
		return err
	}
	defer l.store.Close()
	if len(l.edition.Picks) == 0 {
		return errors.New("there is no edition yet; broadsheet run cuts one when it is time")
	}
	message, err := l.message(l.to[0])
	if err != nil {
		return err
	}
	if m.dryRun == "-" {
		_, err = message.WriteTo(a.Stdout)
		return err
	}
	var text bytes.Buffer
	if _, err := message.WriteTo(&text); err != nil {
		return err
	}
	return files.Replace(m.dryRun, text.Bytes())
}

// mail sends the edition to each recipient that has not received it.
func (a *app) mail(ctx context.Context, m mailOptions) error {
	l, err := a.newMailJob(ctx, m)
	if err != nil {
		return err
	}
	defer l.store.Close()
	if len(l.edition.Picks) == 0 {
		a.printInfo("There is no edition to send yet.")
		return nil
	}
	all := make([]*publish.Message, len(l.to))
	for i, to := range l.to { // a wrong address is reported before the first message is sent
		if all[i], err = l.message(to); err != nil {
			return err
		}
	}
	mailer, err := newMailer(l.config.Mail)
	if err != nil {
		return err
	}
	sent, failed := 0, error(nil)
	for _, message := range all {
		fresh, err := a.sendOnce(ctx, l, message, mailer)
		if fresh {
			sent++
		}
		failed = errors.Join(failed, err)
		if err != nil && !errors.Is(err, publish.ErrRefused) {
			break // the server will accept none of the others
		}
	}
	if failed == nil {
		a.printInfo(fmt.Sprintf("Edition of %s: %s sent, %d had it already.", l.edition.Day, plain.Count(sent, "letter"), len(all)-sent),
			"day", string(l.edition.Day), "sent", sent, "had", len(all)-sent)
	}
	return failed
}

// sendOnce sends a message unless it was sent before, and records that as soon as the server has accepted it, even
// while the program is being interrupted.
func (a *app) sendOnce(ctx context.Context, l mailJob, message *publish.Message, mailer publish.Mailer) (sent bool, err error) {
	key := "mail " + string(l.edition.Day) + " " + strings.ToLower(message.To())
	before, err := l.store.Meta(ctx, key)
	if err != nil || before != "" {
		return false, err
	}
	if err := message.Send(ctx, mailer); err != nil {
		return false, err
	}
	return true, l.store.SetMeta(context.WithoutCancel(ctx), key, a.now().UTC().Format(time.RFC3339))
}

// printInfo prints what was done if a person waits for it. As a log event, it is always written.
func (a *app) printInfo(text string, attrs ...any) {
	switch {
	case a.LogFormat != "":
		a.LogEvent(slog.LevelInfo, text, attrs...)
	case a.Interactive():
		fmt.Fprintln(a.Stderr, text)
	}
}

// newMailer returns a Mailer for the server of feeds.yaml, with the password from the place that feeds.yaml names.
func newMailer(m config.MailSettings) (publish.Mailer, error) {
	mailer := publish.Mailer{Host: m.Host, Port: m.Port, TLS: m.TLS == "tls", Plaintext: m.TLS == "none", User: m.User}
	switch {
	case m.PasswordEnv != "":
		// The message repeats neither key's value: by mistake, it may be the password itself.
		if mailer.Password = os.Getenv(m.PasswordEnv); mailer.Password == "" {
			return mailer, fmt.Errorf("no password for %s: the environment variable that password_env of mail names is not set; cron passes few of them on, password_file may suit better", m.Host)
		}
	case m.PasswordFile != "":
		text, err := files.ReadInput(m.PasswordFile, 64<<10)
		if err != nil {
			return mailer, fmt.Errorf("no password for %s: the file that password_file of mail names cannot be read: %w", m.Host, files.WithoutPath(err))
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if mailer.Password = strings.TrimSuffix(line, "\r"); mailer.Password == "" {
			return mailer, fmt.Errorf("no password for %s: the first line of the file that password_file of mail names is empty", m.Host)
		}
	}
	return mailer, nil
}
