// Measures what a speaking avatar costs: painting and encoding a frame, by size and codec, and what a session weighs.
import Foundation
import TalkingAvatar

@main struct FaceBenchmark {
  /// Ten seconds of pictures.
  private static let frames = 250
  private static let framesPerSecond = 25

  static func main() throws {
    print(
      "one speaking avatar, median (99th percentile) in microseconds a frame; kbit/s at \(framesPerSecond) frames/s")
    print("            paint           encode           first     both, % of a core   kbit/s")
    for (name, size) in [
      ("320x320", PictureSize.square320), ("512x512", .square512), ("640x480", .vga), ("1280x720", .hd720),
    ] {
      for codec in VideoEncoder.Codec.allCases { try measure(name, size, codec) }
    }
    try measureOpus()
    try measureSession()
  }

  private static func measure(_ name: String, _ size: PictureSize, _ codec: VideoEncoder.Codec) throws {
    let painter = FacePainter(look: FaceLook(seed: "benchmark"), size: size, session: "strm_benchmark")
    let encoder = try VideoEncoder(
      codec: codec, size: size, framesPerSecond: framesPerSecond, bitrate: size.width * size.height * 3)
    let picture = Picture(size: size)
    var painting: [Double] = []
    var encoding: [Double] = []
    var bytes = 0
    var first = 0.0
    for number in 0..<frames {
      let moment = moment(number)
      let paint = time { painter.paint(moment, into: picture) }
      var frame: EncodedFrame?
      let encode = try time { frame = try encoder.encode(picture) }
      if number == 0 {
        first = paint + encode
      } else {
        painting.append(paint)
        encoding.append(encode)
        bytes += frame?.bytes.count ?? 0
      }
    }
    let share = (painting.reduce(0, +) + encoding.reduce(0, +)) / Double(frames - 1) * Double(framesPerSecond) / 10_000
    let rate = bytes * 8 * framesPerSecond / (frames - 1) / 1000
    print(
      pad("\(name) \(codec)", 14), pad(figures(painting), 16), pad(figures(encoding), 16), pad("\(Int(first))", 9),
      pad(String(format: "%.1f", share), 19), rate)
  }

  /// A mouth that speaks four syllables a second and a word every 300 ms.
  private static func moment(_ number: Int) -> FaceMoment {
    let elapsed = Duration.milliseconds(number * 1000 / framesPerSecond)
    let phase = Float(number % 6) / 6
    return FaceMoment(
      frameNumber: UInt32(number), elapsed: elapsed, wallClock: 1_795_000_000_000 + UInt64(number * 40),
      mouth: MouthShape(openness: phase < 0.5 ? phase * 2 : 2 - phase * 2, spread: phase - 0.5),
      talk: .speaking(words: words, current: min(words.count - 1, number * 40 / 300)))
  }

  private static let words = (0..<4).flatMap { _ in
    ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog. "]
  }.enumerated().map { Speech.WordCue(start: .milliseconds($0.offset * 300), text: $0.element) }

  private static func measureOpus() throws {
    let encoder = try OpusEncoder()
    var times: [Double] = []
    for frame in 0..<500 {
      let samples = (0..<OpusEncoder.frameSamples).map { index -> Int16 in
        let position = Float(frame * OpusEncoder.frameSamples + index) / 48_000
        return Int16(8_000 * sin(2 * .pi * 180 * position) * (1 + sin(2 * .pi * 3 * position)) / 2)
      }
      times.append(try time { _ = try encoder.encode(samples) })
    }
    print("opus, 20 ms:  \(figures(times))")
  }

  /// How much the process grows by ten avatars that have painted and encoded.
  private static func measureSession() throws {
    var kept: [(FacePainter, VideoEncoder, Picture)] = []
    let before = residentKilobytes()
    for number in 0..<10 {
      let painter = FacePainter(look: FaceLook(seed: "avatar \(number)"), size: .vga, session: "strm_\(number)")
      let encoder = try VideoEncoder(codec: .vp8, size: .vga, framesPerSecond: framesPerSecond, bitrate: 900_000)
      let picture = Picture(size: .vga)
      for frame in 0..<100 {
        painter.paint(moment(frame), into: picture)
        _ = try encoder.encode(picture)
      }
      kept.append((painter, encoder, picture))
    }
    print("memory of a 640x480 VP8 avatar: \((residentKilobytes() - before) / kept.count) kB")
  }

  private static func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).compactMap { Int($0) }.first ?? 0
  }

  private static func time(_ work: () throws -> Void) rethrows -> Double {
    let taken = try ContinuousClock().measure(work)
    return Double(taken.components.attoseconds) / 1e12
  }

  private static func figures(_ times: [Double]) -> String {
    let sorted = times.sorted()
    return "\(Int(sorted[sorted.count / 2])) (\(Int(sorted[sorted.count * 99 / 100])))"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
