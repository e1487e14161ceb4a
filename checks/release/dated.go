package release

import "time"

// DateForm is how a vendor writes a date into a version.
type DateForm string

// The forms. Which client uses which stands in the table.
const (
	// NoDate: the version is only a number.
	NoDate DateForm = "-"
	// YearDay: the first part is a year and the day of that year: 26213 is 1
	// August 2026. It is the day of the build.
	YearDay DateForm = "yyddd"
	// FullDate: the first part begins with year, month and day: 202608201449.
	FullDate DateForm = "yyyymmdd"
	// YearMonth: the first two parts are year and month: 2026.8.0.
	YearMonth DateForm = "yyyy.m"
	// CountedYear: the first two parts are the years since 1980 and the month:
	// 46.9 is September 2026.
	CountedYear DateForm = "yy-1980.m"
)

// The 183 sightings of Webex and Jitsi releases that name their month lie
// between one day before it and 31 days after its end (as of 2026-08). Webex'
// slow channel, which gets the fixes of a month for four months, is in no list.
const (
	monthsEarly = 1
	monthsLate  = 4
)

// read finds the date a version names. It is false where it names none.
func (f DateForm) read(k key) (Interval, bool) {
	switch f {
	case YearDay:
		return exactly(dateOf(2000+k[0]/1000, 1, k[0]%1000, 366))
	case FullDate:
		d := k[0]
		for d > 99999999 { // hours and minutes follow
			d /= 100
		}
		return exactly(dateOf(d/10000, d/100%100, d%100, 31))
	case YearMonth:
		return month(k[0], k[1])
	case CountedYear:
		return month(k[0]+1980, k[1])
	}
	return Interval{}, false
}

func exactly(t time.Time, ok bool) (Interval, bool) {
	return Interval{Earliest: t, Latest: t, Reason: Dated}, ok
}

// month is the interval of a release that names a month and not a day.
func month(year, mon int64) (Interval, bool) {
	first, ok := dateOf(year, mon, 1, 1)
	return Interval{
		Earliest: first.AddDate(0, -monthsEarly, 0),
		Latest:   first.AddDate(0, 1+monthsLate, -1),
		Reason:   Named,
	}, ok
}

// dateOf refuses what cannot be the date of a conferencing client.
func dateOf(year, mon, d, lastDay int64) (time.Time, bool) {
	if year < 2011 || year > 2099 || mon < 1 || mon > 12 || d < 1 || d > lastDay {
		return time.Time{}, false
	}
	t := time.Date(int(year), time.Month(mon), int(d), 0, 0, 0, 0, time.UTC)
	return t, t.Year() == int(year) && (lastDay > 31 || t.Month() == time.Month(mon))
}
