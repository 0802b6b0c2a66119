package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"broadsheet"
	"broadsheet/cmd/internal/files"
	"broadsheet/publish"
)

// checkUnpublished returns an error if the output folder contains a published site; problem is the beginning of its
// message. The demo checks its folder itself.
func (o Options) checkUnpublished(problem string) error {
	if o.Command == "demo" {
		return nil
	}
	picks, err := PublishedPicks(o.Out)
	if err != nil {
		return fmt.Errorf("%s, and whether %s holds a published paper cannot be seen: %w", problem, o.Out, files.WithoutPath(err))
	}
	if len(picks) == 0 {
		return nil
	}
	return fmt.Errorf("%s, but %s holds a published paper; nothing was done, since its readers would see everything again. "+
		"Make it known with: broadsheet rebuild (and the same --db and --out). "+
		"Or name the database that belongs to it with --db, or an empty folder for a new paper with --out", problem, o.Out)
}

// PublishedPicks returns articles of the site that was published into a folder: those of its Atom feed or, if that is
// missing or damaged, of one of its editions. It returns none if there is no site of Broadsheet in the folder.
func PublishedPicks(dir string) ([]broadsheet.Pick, error) {
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

// readRegular reads a regular file. It returns nil if there is none at path.
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

// unreadableKey is the key of Store.Meta for the path of the output folder, if a run has warned that only its own user
// can read the files in it.
const unreadableKey = "unreadable output"

// checkReadable warns once if the umask let no other user read what was written: cron often has 077, and a web server
// then responds with 403. A folder that others could not enter before this run is private on purpose (before is its
// state; nil: it did not exist), as is one that is shared through a group. serve reads the files itself.
func (r *Run) checkReadable(ctx context.Context, before fs.FileInfo, written []string) error {
	if len(written) == 0 || runtime.GOOS == "windows" || r.Command == "serve" || r.Command == "demo" {
		return nil
	}
	folder, err := os.Stat(r.Out)
	if err != nil {
		return err
	}
	file, err := os.Stat(filepath.Join(r.Out, filepath.FromSlash(written[0])))
	if err != nil {
		return err
	}
	path, err := filepath.Abs(r.Out)
	if err != nil {
		return err
	}
	warned, err := r.Store.Meta(ctx, unreadableKey)
	if err != nil {
		return err
	}
	private := before != nil && before.Mode().Perm()&0o001 == 0
	public := file.Mode().Perm()&0o004 != 0 && folder.Mode().Perm()&0o001 != 0
	shared := file.Mode().Perm()&0o040 != 0 && folder.Mode().Perm()&0o010 != 0 && files.HasOtherGroup(folder)
	switch {
	case public || shared:
		if warned != "" {
			return r.Store.SetMeta(ctx, unreadableKey, "")
		}
	case !private && warned != path:
		r.report.warn(warning{name: r.Out, source: r.Out, kind: "unreadable",
			why: "the umask of this run lets nobody else read what it writes, so a web server that is another user cannot show it; " +
				"begin the line in crontab with umask 022 &&, and call once: chmod -R a+rX " + r.Out})
		return r.Store.SetMeta(ctx, unreadableKey, path)
	}
	return nil
}
