//! Plots of how many times chatfile's CPU time the others take, as SVG.

use std::fmt::Write as _;

/// What stands on one line of a plot.
pub struct Line {
    /// What was done.
    pub label: String,
    /// The contenders, by their place in the list of all, and how many times chatfile's
    /// cost theirs was.
    pub marks: Vec<(usize, f64)>,
}

/// One for each contender of a plot, told apart also by those who see no red or green
/// (Okabe and Ito).
const COLOURS: [&str; 8] = [
    "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#7f7f7f", "#000000",
];
const LEFT: f64 = 190.0;
const WIDTH: f64 = 760.0;
const RIGHT: f64 = 24.0;
const ROW: f64 = 26.0;
/// Of the names of the contenders: so many in a row.
const NAMES: usize = 4;

/// Draws it. `names` are all contenders but chatfile.
pub fn draw(title: &str, names: &[String], lines: &[Line]) -> String {
    let marks = || lines.iter().flat_map(|line| &line.marks);
    // Whole powers of two around all that is to be seen.
    let low = marks().fold(0.5_f64, |low, (_, times)| low.min(*times));
    let high = marks().fold(2.0_f64, |high, (_, times)| high.max(*times));
    let (low, high) = (low.log2().floor(), high.log2().ceil());
    let x = |times: f64| {
        let share = (times.log2() - low) / (high - low);
        LEFT + share * (WIDTH - LEFT - RIGHT)
    };
    let top = 64.0 + 20.0 * names.len().div_ceil(NAMES) as f64;
    let bottom = top + ROW * lines.len() as f64;
    let height = bottom + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"system-ui,sans-serif\" font-size=\"12\">\n<title>{title}</title>\n\
         <!-- Made by: cargo xtask bench -->\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"600\">{title}</text>\n\
         <text x=\"12\" y=\"42\" fill=\"#555\">CPU time of the others, as a multiple of chatfile's: right of 1, chatfile takes less</text>\n"
    );
    // Writing to a String cannot fail.
    for (i, name) in names.iter().enumerate() {
        let at = (
            12.0 + 186.0 * (i % NAMES) as f64,
            62.0 + 20.0 * (i / NAMES) as f64,
        );
        let _ = writeln!(
            svg,
            "<circle cx=\"{}\" cy=\"{}\" r=\"5\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{name}</text>",
            at.0 + 5.0,
            at.1 - 4.0,
            colour(i),
            at.0 + 15.0,
            at.1
        );
    }
    for power in low as i32..=high as i32 {
        let times = 2_f64.powi(power);
        let (line, width) = if power == 0 {
            ("#333", 1.5)
        } else {
            ("#ddd", 1.0)
        };
        let _ = writeln!(
            svg,
            "<line x1=\"{0:.1}\" y1=\"{top}\" x2=\"{0:.1}\" y2=\"{bottom}\" stroke=\"{line}\" stroke-width=\"{width}\"/>\
             <text x=\"{0:.1}\" y=\"{1}\" text-anchor=\"middle\">{times}</text>",
            x(times),
            bottom + 18.0
        );
    }
    for (i, line) in lines.iter().enumerate() {
        let y = top + ROW * (i as f64 + 0.5);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#f0f0f0\"/>",
            LEFT - 10.0,
            y + 4.0,
            line.label,
            WIDTH - RIGHT
        );
        for (who, times) in &line.marks {
            let _ = writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"5\" fill=\"{}\" fill-opacity=\"0.85\"><title>{}: {times:.2}</title></circle>",
                x(*times),
                colour(*who),
                names.get(*who).map_or("", String::as_str)
            );
        }
    }
    svg + "</svg>\n"
}

fn colour(who: usize) -> &'static str {
    COLOURS[who % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_contender_has_its_mark() {
        let line = Line {
            label: "upload, 1 KiB".to_owned(),
            marks: vec![(0, 1.5), (1, 40.0)],
        };
        let svg = draw("Uploads", &["a".to_owned(), "b".to_owned()], &[line]);
        // With those beside the names.
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(
            svg.contains("b: 40.00") && svg.contains(">64</text>") && svg.contains(">0.5</text>")
        );
    }
}
