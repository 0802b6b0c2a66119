package publish

import (
	"context"

	"broadsheet"
)

// CheckTheme tells what is wrong with a maintainer's folder of templates, before a run finds out, by
// making every kind of page with it; nil: nothing.
func CheckTheme(dir string) error {
	return rehearse(context.Background(), dir)
}

// OPML tells the sources as OPML 2.0, by group: the bytes of opml.xml.
func OPML(config broadsheet.Config, sources []Source) ([]byte, error) {
	return (&press{config: config, shelf: Shelf{Sources: sources}}).opml()
}
