// What a voice made of one run of text.

/// Sound at ``Speech/sampleRate`` and what belongs to it. Times count from its beginning.
struct RunSound {
  /// At this moment the scalar at this position of the plain text begins.
  struct Anchor: Equatable {
    var position: Int
    var time: Duration
  }

  var samples: [Int16]
  var mouth: [Speech.MouthCue]
  /// In order of time.
  var anchors: [Anchor]
}
