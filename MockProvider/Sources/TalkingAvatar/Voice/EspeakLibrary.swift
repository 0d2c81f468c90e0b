// Loads libespeak-ng at run time (it is GPL, so nothing here is linked with it) and collects what it produces.
import Glibc

/// The few functions of espeak-ng that are used, as its public header `speak_lib.h` of version 1.51 declares them.
///
/// The library has global state: after loading it is called on the thread of ``SpeechQueue`` only.
struct EspeakLibrary: Sendable {
  typealias Callback = @convention(c) (UnsafeMutablePointer<Int16>?, Int32, UnsafeMutableRawPointer?) -> Int32
  /// output, buffer length in ms, data path, options; gives the sample rate, or -1.
  typealias Initialize = @convention(c) @Sendable (Int32, Int32, UnsafePointer<CChar>?, Int32) -> Int32
  typealias SetCallback = @convention(c) @Sendable (Callback?) -> Void
  typealias SetVoice = @convention(c) @Sendable (UnsafePointer<CChar>) -> Int32
  /// text, bytes with the final zero, position, kind of position, end position, flags, identifier, user data.
  typealias Synthesize =
    @convention(c) @Sendable (
      UnsafeRawPointer, Int, UInt32, Int32, UInt32, UInt32, UnsafeMutablePointer<UInt32>?, UnsafeMutableRawPointer?
    ) -> Int32
  typealias Info = @convention(c) @Sendable (UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> UnsafePointer<CChar>?

  let version: String
  /// Samples in a second.
  let sampleRate: Int
  let setVoice: SetVoice
  let synthesize: Synthesize

  /// `AUDIO_OUTPUT_SYNCHRONOUS`: samples come by the callback, before the call returns.
  private static let synchronous: Int32 = 2
  /// `espeakINITIALIZE_PHONEME_EVENTS`, `…_PHONEME_IPA`, `…_DONT_EXIT`.
  private static let options: Int32 = 0x0001 | 0x0002 | 0x8000
  private static let names = ["libespeak-ng.so.1", "libespeak-ng.so"]

  /// The library of this process; nil where it, or its data, is not installed.
  static let shared = EspeakLibrary()

  private init?() {
    guard let handle = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else { return nil }
    func function<Function>(_ name: String, as type: Function.Type) -> Function? {
      dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }
    guard let initialize = function("espeak_Initialize", as: Initialize.self),
      let setCallback = function("espeak_SetSynthCallback", as: SetCallback.self),
      let setVoice = function("espeak_SetVoiceByName", as: SetVoice.self),
      let synthesize = function("espeak_Synth", as: Synthesize.self),
      let info = function("espeak_Info", as: Info.self)
    else { return nil }
    let rate = initialize(Self.synchronous, 0, nil, Self.options)
    guard rate > 0 else { return nil }
    setCallback(EspeakCapture.callback)
    self.version = info(nil).map { String(cString: $0) } ?? "of unknown version"
    self.sampleRate = Int(rate)
    self.setVoice = setVoice
    self.synthesize = synthesize
  }
}

/// Samples and events of one call, both counted from its beginning.
final class EspeakCapture {
  private(set) var samples: [Int16] = []
  private(set) var events: [EspeakEvent] = []
  private(set) var isOverlong = false
  private let cancellation: Cancellation
  private let maximumSamples: Int

  init(_ cancellation: Cancellation, maximumSamples: Int) {
    self.cancellation = cancellation
    self.maximumSamples = maximumSamples
  }

  /// Called by the library, on the thread of the call, with some tens of milliseconds of sound; not 0 ends the call.
  static let callback: EspeakLibrary.Callback = { samples, count, events in
    guard let events, let user = EspeakEvent.userData(at: events) else { return 0 }
    let capture = Unmanaged<EspeakCapture>.fromOpaque(user).takeUnretainedValue()
    return capture.append(UnsafeBufferPointer(start: samples, count: max(0, Int(count))), EspeakEvent.list(at: events))
  }

  private func append(_ new: UnsafeBufferPointer<Int16>, _ newEvents: [EspeakEvent]) -> Int32 {
    samples += new
    events += newEvents
    isOverlong = samples.count > maximumSamples
    return isOverlong || cancellation.isCancelled ? 1 : 0
  }
}

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
