package report

import (
	"fmt"
	"io"
	"testing"

	"huddleguard/checks"
)

// crowded is the sample as a machine of 200 people has it.
func crowded() Report {
	set, findings := sampleSet(), sampleFindings()
	var all []checks.Finding
	for i := range 200 {
		for _, f := range findings {
			f.User = fmt.Sprintf("person%d", i)
			all = append(all, f)
		}
	}
	return New(set, all, known())
}

func BenchmarkText(b *testing.B)        { benchmarkText(b, sample()) }
func BenchmarkTextCrowded(b *testing.B) { benchmarkText(b, crowded()) }

func benchmarkText(b *testing.B, r Report) {
	p := printer(b, "en")
	for b.Loop() {
		if err := Text(io.Discard, r, p, TextOptions{Width: 80, Color: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTML(b *testing.B)        { benchmarkHTML(b, sample()) }
func BenchmarkHTMLCrowded(b *testing.B) { benchmarkHTML(b, crowded()) }

func benchmarkHTML(b *testing.B, r Report) {
	p := printer(b, "en")
	for b.Loop() {
		if err := HTML(io.Discard, r, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON(b *testing.B)        { benchmarkJSON(b, sample()) }
func BenchmarkJSONCrowded(b *testing.B) { benchmarkJSON(b, crowded()) }

func benchmarkJSON(b *testing.B, r Report) {
	for b.Loop() {
		if err := JSON(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	set, findings, cat := sampleSet(), sampleFindings(), known()
	for b.Loop() {
		New(set, findings, cat)
	}
}
