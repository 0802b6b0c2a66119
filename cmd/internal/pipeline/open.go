package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"broadsheet"
	"broadsheet/cmd/internal/files"
	"broadsheet/internal/edition"
	"broadsheet/internal/plain"
	"broadsheet/publish"
	"broadsheet/store"
)

// openForRun opens the database, or creates it. It refuses to begin a paper anew beside one that is published already: to a
// database that knows no edition everything is new, and readers would see all of it again.
func (o Options) openForRun(ctx context.Context, p Plan, desk *edition.Composer) (*store.Store, error) {
	if _, err := os.Lstat(o.DB); errors.Is(err, fs.ErrNotExist) {
		if err := o.checkUnpublished("there is no database at " + o.DB); err != nil {
			return nil, err
		}
		o.printPlan(p, len(desk.Config.Sources), true)
		return o.OpenStore(ctx)
	}
	o.printPlan(p, len(desk.Config.Sources), false)
	s, err := o.OpenStore(ctx)
	if err != nil || !p.Publish {
		return s, err
	}
	days, err := s.Days(ctx)
	if err == nil && len(days) == 0 {
		err = o.checkUnpublished("the database at " + o.DB + " knows no edition")
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// checkUnpublished returns an error that begins with lost when the output folder holds a published paper. The demo looks at
// its folder itself.
func (o Options) checkUnpublished(lost string) error {
	if o.Command == "demo" {
		return nil
	}
	there, err := PublishedPaper(o.Out)
	if err != nil {
		return fmt.Errorf("%s, and whether %s holds a published paper cannot be seen: %w", lost, o.Out, files.Cause(err))
	}
	if len(there) == 0 {
		return nil
	}
	return fmt.Errorf("%s, but %s holds a published paper; nothing was done, since its readers would see everything again. "+
		"Make it known with: broadsheet rebuild (and the same --db and --out). "+
		"Or name the database that belongs to it with --db, or an empty folder for a new paper with --out", lost, o.Out)
}

// PublishedPaper returns the articles of a paper that was published into a folder, as far as its feed or, where that is
// missing or damaged, one of its editions tells them; none where there is no paper, as in a folder of something else.
func PublishedPaper(dir string) ([]broadsheet.Pick, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	text, err := readRegular(root, "atom.xml")
	if err != nil {
		return nil, err
	}
	var picks []broadsheet.Pick
	if d, err := publish.ReadDocument(text); err == nil {
		for _, p := range d.Picks {
			picks = append(picks, p.Pick)
		}
	}
	if len(picks) > 0 {
		return picks, nil
	}
	editions, err := fs.Glob(root.FS(), publish.EditionPath("????-??-??"))
	for _, path := range editions {
		text, err := readRegular(root, path)
		if err != nil {
			return nil, err
		}
		if e, err := publish.ReadEdition(text); err == nil && len(e.Picks) > 0 {
			return e.Picks, nil
		}
	}
	return nil, err
}

// readRegular reads a file, and nothing where there is none or something else stands in its place.
func readRegular(root *os.Root, path string) ([]byte, error) {
	info, err := root.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return root.ReadFile(filepath.FromSlash(path))
}

// Plan is what a run is to do.
type Plan struct{ Fetch, Publish, Force bool }

// printPlan tells a person at a terminal what is going to be done, before anything takes time; under cron nothing.
func (o Options) printPlan(p Plan, sources int, first bool) {
	if o.Interactive() {
		fmt.Fprintln(o.Stderr, p.describe(sources, o.Out, first))
	}
}

// describe says the plan in a sentence or two. The first run makes the database.
func (p Plan) describe(sources int, out string, first bool) string {
	var todo []string
	if p.Fetch {
		which := "those of " + plain.Count(sources, "source") + " that are due"
		if first || p.Force {
			which = plain.Count(sources, "source")
		}
		todo = append(todo, "asking "+which+" what is new", "reading new articles' pages")
	}
	if p.Publish {
		todo = append(todo, "publishing into "+out)
	}
	text := strings.Join(todo, ", ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if p.Fetch && first {
		text += " The first run asks them all and may take some minutes."
	}
	return text
}
