// From an inspection on the telephone to the command that the case is given: made once, and sent as it is from then on.
const EIGHT_HOURS = 8 * 3600 * 1000; // Beijing

export const hashOf = async (bytes) => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
};

export const dayIn = (instant) => new Date(Date.parse(instant) + EIGHT_HOURS).toISOString().slice(0, 10);

// `day`: what was taken along; `now`: the campaign's instant; `files`: those of the inspection, as they were received.
export function commandOf(entry, day, now, files) {
  const received = new Map(files.map((file) => [file.id, file.taken]));
  const hashes = (ids) => [...new Set(ids.map((id) => received.get(id).sha256))];
  const named = new Map([...received.values()].map((taken) => [taken.sha256, taken]));
  const isOld = now - Date.parse(entry.observed_at) > (day.observed_within - 60) * 1000;
  const answers = Object.entries(entry.answers).filter(([, answer]) => answer !== null);
  const colleague = day.colleagues.find((one) => one.post_id === entry.second);
  const command = {
    do: "record_findings",
    command_id: entry.command_id,
    by: entry.by,
    findings: entry.findings.map((found) => ({
      ref: found.ref,
      category: found.category,
      grade: found.grade,
      description: found.description,
      suspected_crime: found.suspected_crime,
      imminent_danger: found.imminent_danger,
      ...(found.illegal_operation === "" ? {} : { illegal_operation: found.illegal_operation === "true" }),
      ...(isOld ? { inspected_on: dayIn(entry.observed_at) } : {}),
      ...(found.files.length ? { files: hashes(found.files) } : {}),
    })),
    files: [...named.values()],
  };
  if (!isOld) command.observed_at = new Date(Math.min(Date.parse(entry.observed_at), now)).toISOString();
  if (answers.length) command.answers = Object.fromEntries(answers);
  if (colleague ?? entry.with) command.with = colleague?.actor ?? entry.with;
  if (entry.note) command.note = entry.note;
  return command;
}
