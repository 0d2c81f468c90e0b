// When each word of a text is said, by what is known of some of its characters.

/// Gives words their times: between two known moments time passes evenly.
struct WordTimes {
  private var anchors: [RunSound.Anchor]
  private let last: Duration

  /// - Parameter end: the end of the speech; every word begins before it.
  init(anchors: [RunSound.Anchor], end: Duration) {
    last = max(.zero, end - .milliseconds(1))
    self.anchors = anchors.reduce(into: []) { known, anchor in
      // A library's positions may go back; a position behind what was said already tells nothing.
      if let before = known.last, anchor.position < before.position || anchor.time < before.time { return }
      known.append(anchor)
    }
  }

  /// The words of `parts`, which make up the plain text; no word spans two of them.
  func cues(for parts: [String]) -> [Speech.WordCue] {
    var cues: [Speech.WordCue] = []
    var position = 0
    var next = 0
    for part in parts {
      for word in WordSplitter.words(of: part) {
        // Spaces before a word are not said: the word begins with its first letter.
        let lead = word.unicodeScalars.prefix { $0.properties.isWhitespace }.count
        let time = time(of: position + (lead == word.unicodeScalars.count ? 0 : lead), from: &next)
        cues.append(Speech.WordCue(start: max(cues.last?.start ?? .zero, time), text: word))
        position += word.unicodeScalars.count
      }
    }
    return cues
  }

  /// - Parameter next: the first anchor behind the position; positions only grow, so the search goes on from there.
  private func time(of position: Int, from next: inout Int) -> Duration {
    while next < anchors.count, anchors[next].position <= position { next += 1 }
    guard next > 0 else { return min(last, anchors.first?.time ?? .zero) }
    let before = anchors[next - 1]
    guard next < anchors.count, before.position < position else { return min(last, before.time) }
    let after = anchors[next]
    let share = Double(position - before.position) / Double(after.position - before.position)
    return min(last, before.time + (after.time - before.time) * share)
  }
}
