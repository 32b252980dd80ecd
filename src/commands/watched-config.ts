import type { Clock } from '../base/clock.js';
import {
  ConfigError,
  ConfigWatch,
  asTheyAre,
  loadConfigWithFiles,
  type Config,
  type ConfigSources,
  type LoadOptions,
} from '../config/index.js';

/** A configuration that is watched while it says `config.watch: true`. */
export class WatchedConfig {
  readonly #file: string;
  readonly #options: LoadOptions;
  readonly #watch: ConfigWatch;
  #requestReload: (() => void) | null = null;
  /** What was read last, while it is to be watched; else `null`. */
  #sources: ConfigSources | null = null;
  #isWatched = false;

  /** @param file the configuration file */
  constructor(file: string, options: LoadOptions, clock: Clock) {
    this.#file = file;
    this.#options = options;
    this.#watch = new ConfigWatch({ clock, onChange: () => this.#requestReload?.() });
  }

  /**
   * Loads the configuration. Of one that is refused, the files are watched as well, if those of the previous one were: it
   * may be right after the next change.
   *
   * @throws ConfigError with all mistakes
   */
  async load(): Promise<Config> {
    try {
      const { config, sources } = await loadConfigWithFiles(this.#file, this.#options);
      this.#isWatched = config.config.watch;
      this.#follow(sources);
      return config;
    } catch (error) {
      if (error instanceof ConfigError) this.#follow(error.sources);
      // An internal error must not end the watch. From now on, so that it is not repeated without end.
      else if (this.#sources !== null) this.#follow(asTheyAre(this.#sources));
      throw error;
    }
  }

  /** Begins to ask for a reload when a file has changed since it was read. */
  start(requestReload: () => void): void {
    this.#requestReload = requestReload;
    if (this.#sources !== null) this.#watch.follow(this.#sources);
  }

  /** Ends watching. */
  stop(): void {
    this.#requestReload = null;
    this.#watch.stop();
  }

  #follow(sources: ConfigSources): void {
    this.#sources = this.#isWatched ? sources : null;
    if (this.#sources === null) this.#watch.stop();
    else if (this.#requestReload !== null) this.#watch.follow(this.#sources);
  }
}
