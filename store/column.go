package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// timeColumn scans a column that holds a time: seconds since 1970 in UTC, NULL for the zero time.
type timeColumn struct{ t *time.Time }

func (m timeColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.Unix(v, 0).UTC()
	default:
		return fmt.Errorf("a time is %T", v)
	}
	return nil
}

// unixOrNil returns the value of a timeColumn for t.
func unixOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// timesColumn is the column of a list of times: a JSON array of seconds since 1970.
type timesColumn struct{ times *[]time.Time }

func (c timesColumn) Scan(v any) error {
	var seconds []int64
	if err := (jsonColumn{&seconds}).Scan(v); err != nil {
		return err
	}
	*c.times = nil
	for _, s := range seconds {
		*c.times = append(*c.times, time.Unix(s, 0).UTC())
	}
	return nil
}

func (c timesColumn) Value() (driver.Value, error) {
	seconds := make([]int64, len(*c.times))
	for i, t := range *c.times {
		seconds[i] = t.Unix()
	}
	return jsonColumn{seconds}.Value()
}

// listColumn is the column of a list of strings: a JSON array, NULL when it is empty.
type listColumn struct{ words *[]string }

func (l listColumn) Scan(v any) error {
	*l.words = nil
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), l.words)
	}
	return fmt.Errorf("a list is %T", v)
}

func (l listColumn) Value() (driver.Value, error) {
	if len(*l.words) == 0 {
		return nil, nil
	}
	return jsonColumn{*l.words}.Value()
}

// jsonColumn is the column of a value that is never queried by its parts: its JSON text.
type jsonColumn struct{ value any }

func (c jsonColumn) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a value is %T", v)
	}
	return json.Unmarshal([]byte(s), c.value)
}

func (c jsonColumn) Value() (driver.Value, error) {
	b, err := json.Marshal(c.value)
	return string(b), err
}
