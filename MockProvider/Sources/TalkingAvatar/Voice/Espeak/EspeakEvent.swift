// What espeak-ng reports while it speaks.

/// An event of the kinds that are used.
struct EspeakEvent {
  enum Kind {
    /// A word begins at this character, counted in Unicode scalars from 1.
    case word(position: Int)
    /// A sound begins; its letters of the International Phonetic Alphabet, empty for a pause.
    case phoneme(String)
  }

  var kind: Kind
  /// Milliseconds of sound before it.
  var time: Int

  /// The list that the callback gets, and the user data that every entry holds.
  ///
  /// `espeak_EVENT` of `speak_lib.h` 1.51: int type; unsigned identifier; int text_position, length, audio_position,
  /// sample; void *user_data; a union of int, pointer and char[8]. Type 0 ends the list.
  static func list(at first: UnsafeRawPointer) -> [EspeakEvent] {
    var events: [EspeakEvent] = []
    var entry = first
    while true {
      let time = Int(entry.load(fromByteOffset: 16, as: Int32.self))
      switch entry.load(as: Int32.self) {
      case 0: return events
      case 1:
        events.append(
          EspeakEvent(kind: .word(position: Int(entry.load(fromByteOffset: 8, as: Int32.self))), time: time))
      case 7:
        let name = UnsafeRawBufferPointer(start: entry + nameOffset, count: 8).prefix { $0 != 0 }
        events.append(EspeakEvent(kind: .phoneme(String(decoding: name, as: UTF8.self)), time: time))
      default: break
      }
      entry += size
    }
  }

  static func userData(at first: UnsafeRawPointer) -> UnsafeMutableRawPointer? {
    first.load(fromByteOffset: userDataOffset, as: UnsafeMutableRawPointer?.self)
  }

  private static let pointer = MemoryLayout<UnsafeRawPointer>.size
  private static let userDataOffset = 24
  private static let nameOffset = userDataOffset + pointer
  private static let size = nameOffset + 8
}
