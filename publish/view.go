package publish

// MonthView is a month with its editions.
type MonthView struct {
	Name     string // November 2026
	Path     string
	YearPath string
	Year     string
	Editions int
	Articles int
	Days     []DayView // newest first
}

// YearView is a year with its months, as the archive page lists them.
type YearView struct {
	Name, Path string
	Months     []MonthView // newest first
}

// DayView is an edition as the pages of months and years list it.
type DayView struct {
	Day, Date string
	Path      string
	Number    int
	Articles  int
	Links     []Link // its articles; only on the page of a month
}

// SubjectView is a topic or a company as a page shows it.
type SubjectView struct {
	Label string
	Path  string
	Kind  string // "topic" or "company"
	Cards []Card
	Count int
}

// GroupView is a heading of feeds.yaml with its sources.
type GroupView struct {
	Name    string // empty: the sources under no heading
	Sources []SourceView
}

// SourceView is a source as the sources page shows it.
type SourceView struct {
	Name     string
	Home     string // address of its site; may be empty
	Feed     string // address that is fetched; empty: a list, or not public
	Kind     string
	Last     string // date of its last article as text; empty: none is known
	LastTime string
	Articles string // "214 articles"
	Health   string
	Failing  bool
	Topics   []Link
}
