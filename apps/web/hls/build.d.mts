/** Makes the files; they are replaced where they have changed. */
export declare function buildHls(): Promise<void>;
